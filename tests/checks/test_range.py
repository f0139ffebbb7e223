import numpy as np
import pytest

from tagwerk.checks.range import Range


def counted(*chunks):
    found = Range()
    for chunk in chunks:
        found.add(np.asarray(chunk, "float32"))
    return found


@pytest.fixture
def values():
    return np.random.default_rng(2).normal(50, 10, 8_368).astype("float32")


@pytest.mark.parametrize("wrong", [-1e9, 1e9, 3e38, -1e6])
@pytest.mark.parametrize("place", [0, 5_000, 8_367])
def test_one_value_far_from_all_others_is_found_wherever_it_is(values, wrong, place):
    values[place] = wrong
    found = counted(values[:3000], values[3000:])
    assert found.outside == 1
    assert found.furthest == np.float32(wrong)


@pytest.mark.parametrize("distribution", ["normal", "exponential", "lognormal", "standard_t"])
def test_tails_of_usual_distributions_are_not(distribution):
    random = np.random.default_rng(3)
    arguments = {"standard_t": (3,)}.get(distribution, ())
    assert counted(getattr(random, distribution)(*arguments, size=200_000)).furthest is None


@pytest.mark.parametrize("many", [[0.0] * 99 + [1.0], [7.0] * 100, [0.0] * 100, list(range(100))])
def test_flags_constants_and_counts_have_none_until_a_value_cannot_be_theirs(many):
    assert counted(many * 20).furthest is None
    assert counted(many * 20, [-1e9]).furthest == -1e9


def test_values_that_are_often_so_far_are_another_scale():
    assert counted(np.concatenate([np.arange(100), np.full(30, 1e9)])).furthest is None


def test_nothing_finite_has_no_median_and_no_outliers():
    found = counted([np.nan, np.inf], [])
    assert (found.values, found.nan, found.infinite) == (2, 1, 1)
    assert np.isnan(found.median)
    assert found.furthest is None


def test_sentinels_are_counted_over_the_chunks():
    found = counted([-999, 1, 2], [3, -999, -999], [4, 5])
    assert found.sentinels.found() == {-999.0: 3}
