import numpy as np
import pytest

from tagwerk.checks.range import Range


def range_of(*chunks):
    result = Range()
    for chunk in chunks:
        result.add(np.asarray(chunk, "float32"))
    return result


@pytest.fixture
def values():
    return np.random.default_rng(2).normal(50, 10, 8_368).astype("float32")


@pytest.mark.parametrize("wrong", [-1e9, 1e9, 3e38, -1e6])
@pytest.mark.parametrize("index", [0, 5_000, 8_367])
def test_one_value_far_from_all_others_is_found_anywhere(values, wrong, index):
    values[index] = wrong
    result = range_of(values[:3000], values[3000:])
    assert result.outliers == 1
    assert result.farthest_outlier == np.float32(wrong)


@pytest.mark.parametrize("distribution", ["normal", "exponential", "lognormal", "standard_t"])
def test_tails_of_common_distributions_have_no_outliers(distribution):
    random = np.random.default_rng(3)
    arguments = {"standard_t": (3,)}.get(distribution, ())
    assert range_of(getattr(random, distribution)(*arguments, size=200_000)).farthest_outlier is None


@pytest.mark.parametrize("many", [[0.0] * 99 + [1.0], [7.0] * 100, [0.0] * 100, list(range(100))])
def test_flags_constants_and_counts_have_no_outlier_but_a_wrong_value(many):
    assert range_of(many * 20).farthest_outlier is None
    assert range_of(many * 20, [-1e9]).farthest_outlier == -1e9


def test_frequent_values_far_from_the_others_are_not_outliers():
    assert range_of(np.concatenate([np.arange(100), np.full(30, 1e9)])).farthest_outlier is None


def test_without_finite_values_there_are_no_median_and_no_outliers():
    result = range_of([np.nan, np.inf], [])
    assert (result.values, result.nan, result.infinite) == (2, 1, 1)
    assert np.isnan(result.median)
    assert result.farthest_outlier is None


def test_sentinels_are_counted_over_the_chunks():
    result = range_of([-999, 1, 2], [3, -999, -999], [4, 5])
    assert result.sentinels.detected() == {-999.0: 3}
