import numpy as np
import pytest

from tagwerk.checks.sentinels import Sentinels, sentinel, sentinels_in

REAL = np.random.default_rng(1)
MASS = REAL.normal(80, 20, 1000)


@pytest.mark.parametrize("value", [-1, -9, -99, -999, -9999, -99999, 9999, 2**31 - 1, -(2**31)])
@pytest.mark.parametrize("count", [1, 300])
def test_sentinels_among_values_of_a_variable_are_counted(value, count):
    values = np.concatenate([np.abs(MASS), np.full(count, value)]).astype(np.float32)
    assert sentinels_in(REAL.permutation(values)) == {float(np.float32(value)): count}


def test_several_sentinels_of_one_variable_are_told_apart():
    values = np.concatenate([MASS, [-999] * 5, [-99] * 3, [np.nan, np.inf]]).astype(np.float32)
    assert sentinels_in(values) == {-999: 5, -99: 3}


@pytest.mark.parametrize("value", [-999, -99, -1])
def test_sentinels_are_known_in_another_unit(value):
    values = np.concatenate([np.abs(1000 * MASS), [value] * 7])
    found = sentinels_in((values * 1e-3).astype(np.float32), 1e-3)
    assert list(found.values()) == [7]
    assert next(iter(found)) == pytest.approx(value / 1000)


@pytest.mark.parametrize(
    "values",
    [
        REAL.integers(-1, 2, 500),
        REAL.integers(0, 100, 500),
        REAL.integers(-1000, 1001, 500),
        REAL.normal(0, 300, 5000),
        REAL.choice([-211, 211, 22, 130, -11, 13], 500),
        np.ones(50),
        REAL.uniform(-1, 1, 500),
        np.concatenate([REAL.uniform(-1, 1, 500), [-1.0]]),
    ],
    ids=["charge", "percent", "whole", "wide", "pdg", "constant", "cosine", "cosine at its end"],
)
def test_plain_values_are_no_sentinels(values):
    assert sentinels_in(values.astype(np.float32)) == {}


def test_a_variable_of_nothing_but_one_value_is_told_by_that_value():
    assert sentinels_in(np.full(20, -999, np.float32)) == {-999: 20}
    assert sentinels_in(np.full(20, -1, np.float32)) == {}
    assert sentinels_in(np.full(20, 100, np.float32)) == {}
    assert sentinels_in(np.empty(0, np.float32)) == {}


def test_they_are_counted_over_the_chunks():
    found = Sentinels()
    for chunk in ([-999, 1, 2], [3, -999, -999], [4, 5]):
        found.add(np.array(chunk, "float32"), min(chunk), max(chunk))
    assert found.found() == {-999: 3}


@pytest.mark.parametrize("value", [0, 0.5, -1])
def test_a_spike_of_a_continuous_variable_is_counted_wherever_it_is(value):
    values = np.concatenate([REAL.normal(0, 2, 900), np.full(100, value)]).astype(np.float32)
    found = Sentinels()
    for chunk in np.split(REAL.permutation(values), 2):
        found.add(chunk, float(chunk.min()), float(chunk.max()))
    assert found.found() | found.spikes() == {value: 100}


@pytest.mark.parametrize("values", [REAL.integers(-1, 2, 1000), np.r_[np.zeros(900), np.ones(100)], np.ones(100)])
def test_whole_numbers_and_constants_have_no_spike(values):
    found = Sentinels()
    found.add(values.astype("float32"), float(values.min()), float(values.max()))
    assert found.spikes() == {}


@pytest.mark.parametrize("value", [-999, -99, -9999, 999, 1e9])
def test_a_draft_hears_of_frequent_ones(value):
    values = REAL.normal(0, 1, 1000)
    values[:12] = value
    assert sentinel(values) == (value, 0.012)
    values[3:12] = 0.5
    assert sentinel(values) is None
    assert sentinel(np.empty(0)) is None


@pytest.mark.parametrize("value", [-0.5, -2, -5, -1])
def test_the_only_value_below_zero_among_fractions_is_one(value):
    fractions = REAL.uniform(0, 1, 1000)
    assert sentinels_in(np.r_[fractions, np.full(30, value)].astype("float32")) == {value: 30}
    assert sentinels_in(np.r_[fractions, np.full(30, value), [-0.1, -0.3]].astype("float32")) == {}
    assert sentinels_in(np.r_[REAL.integers(0, 2, 1000), np.full(30, -0.5)].astype("float32")) == {}


def test_a_rounded_zero_is_none():
    assert sentinels_in(np.r_[REAL.uniform(0, 1, 1000), -1e-6].astype("float32")) == {}


@pytest.mark.parametrize(
    ("values", "found"),
    [
        ([0.3, 0.5, -999, -999], (-999, 0.5)),
        ([0.3, 0.5, 0.7, -1], (-1, 0.25)),
        ([1, -1, -1, 0], None),
        ([0.3, -0.5, -0.7, 1], None),
    ],
)
def test_of_few_values_too(values, found):
    assert sentinel(np.array(values, float)) == found
