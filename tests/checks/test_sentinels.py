import numpy as np
import pytest

from tagwerk.checks.sentinels import Sentinels, find_sentinels, frequent_sentinel

RNG = np.random.default_rng(1)
MASS = RNG.normal(80, 20, 1000)


@pytest.mark.parametrize("value", [-1, -9, -99, -999, -9999, -99999, 9999, 2**31 - 1, -(2**31)])
@pytest.mark.parametrize("count", [1, 300])
def test_sentinels_among_values_of_a_variable_are_counted(value, count):
    values = np.concatenate([np.abs(MASS), np.full(count, value)]).astype(np.float32)
    assert find_sentinels(RNG.permutation(values)) == {float(np.float32(value)): count}


def test_several_sentinels_of_one_variable_are_distinguished():
    values = np.concatenate([MASS, [-999] * 5, [-99] * 3, [np.nan, np.inf]]).astype(np.float32)
    assert find_sentinels(values) == {-999: 5, -99: 3}


@pytest.mark.parametrize("value", [-999, -99, -1])
def test_sentinels_are_known_in_another_unit(value):
    values = np.concatenate([np.abs(1000 * MASS), [value] * 7])
    sentinels = find_sentinels((values * 1e-3).astype(np.float32), 1e-3)
    assert list(sentinels.values()) == [7]
    assert next(iter(sentinels)) == pytest.approx(value / 1000)


@pytest.mark.parametrize(
    "values",
    [
        RNG.integers(-1, 2, 500),
        RNG.integers(0, 100, 500),
        RNG.integers(-1000, 1001, 500),
        RNG.normal(0, 300, 5000),
        RNG.choice([-211, 211, 22, 130, -11, 13], 500),
        np.ones(50),
        RNG.uniform(-1, 1, 500),
        np.concatenate([RNG.uniform(-1, 1, 500), [-1.0]]),
    ],
    ids=["charge", "percent", "whole", "wide", "pdg", "constant", "cosine", "cosine at its end"],
)
def test_ordinary_values_are_not_sentinels(values):
    assert find_sentinels(values.astype(np.float32)) == {}


def test_a_constant_is_a_sentinel_only_for_some_values():
    assert find_sentinels(np.full(20, -999, np.float32)) == {-999: 20}
    assert find_sentinels(np.full(20, -1, np.float32)) == {}
    assert find_sentinels(np.full(20, 100, np.float32)) == {}
    assert find_sentinels(np.empty(0, np.float32)) == {}


def test_sentinels_are_summed_over_chunks():
    sentinels = Sentinels()
    for chunk in ([-999, 1, 2], [3, -999, -999], [4, 5]):
        sentinels.add(np.array(chunk, "float32"), min(chunk), max(chunk))
    assert sentinels.detected() == {-999: 3}


@pytest.mark.parametrize("value", [0, 0.5, -1])
def test_a_spike_of_a_continuous_variable_is_counted_anywhere(value):
    values = np.concatenate([RNG.normal(0, 2, 900), np.full(100, value)]).astype(np.float32)
    sentinels = Sentinels()
    for chunk in np.split(RNG.permutation(values), 2):
        sentinels.add(chunk, float(chunk.min()), float(chunk.max()))
    assert sentinels.detected() | sentinels.spikes() == {value: 100}


@pytest.mark.parametrize("values", [RNG.integers(-1, 2, 1000), np.r_[np.zeros(900), np.ones(100)], np.ones(100)])
def test_whole_numbers_and_constants_have_no_spike(values):
    sentinels = Sentinels()
    sentinels.add(values.astype("float32"), float(values.min()), float(values.max()))
    assert sentinels.spikes() == {}


@pytest.mark.parametrize("value", [-999, -99, -9999, 999, 1e9])
def test_only_frequent_sentinels_matter_to_a_draft(value):
    values = RNG.normal(0, 1, 1000)
    values[:12] = value
    assert frequent_sentinel(values) == (value, 0.012)
    values[3:12] = 0.5
    assert frequent_sentinel(values) is None
    assert frequent_sentinel(np.empty(0)) is None


@pytest.mark.parametrize("value", [-0.5, -2, -5, -1])
def test_a_single_negative_value_among_fractions_is_a_sentinel(value):
    fractions = RNG.uniform(0, 1, 1000)
    assert find_sentinels(np.r_[fractions, np.full(30, value)].astype("float32")) == {value: 30}
    assert find_sentinels(np.r_[fractions, np.full(30, value), [-0.1, -0.3]].astype("float32")) == {}
    assert find_sentinels(np.r_[RNG.integers(0, 2, 1000), np.full(30, -0.5)].astype("float32")) == {}


def test_a_rounded_zero_is_not_a_sentinel():
    assert find_sentinels(np.r_[RNG.uniform(0, 1, 1000), -1e-6].astype("float32")) == {}


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([0.3, 0.5, -999, -999], (-999, 0.5)),
        ([0.3, 0.5, 0.7, -1], (-1, 0.25)),
        ([1, -1, -1, 0], None),
        ([0.3, -0.5, -0.7, 1], None),
    ],
)
def test_sentinels_are_found_among_few_values(values, expected):
    assert frequent_sentinel(np.array(values, float)) == expected
