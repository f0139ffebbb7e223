import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tagwerk.cards.expressions import evaluate
from tagwerk.checks.padding import padding_of, sentinels_in
from tagwerk.jets.columns import Columns

REAL = np.random.default_rng(1)


def columns(*jets):
    """Jets of (pt, eta, phi, energy)."""
    rows = np.array([each for jet in jets for each in jet], np.float32).reshape(-1, 4)
    return Columns(dict(zip(("pt", "eta", "phi", "energy"), rows.T, strict=True)), np.array([len(jet) for jet in jets]))


def jets(number, pads, pad=None):
    """Jets of five constituents and so many pads, which are the last constituent where none is given."""
    made = []
    for _ in range(number):
        pt = np.sort(REAL.exponential(20, 5) + 1)[::-1]
        eta, phi = REAL.normal(0, 0.3, (2, 5))
        real = [tuple(row) for row in np.stack([pt, eta, phi, pt * np.cosh(eta)], 1)]
        made.append(real + [pad if pad is not None else real[-1]] * pads)
    return columns(*made)


def test_sound_jets_have_no_padding():
    found = padding_of(jets(10, 0))
    assert (found.constituents, found.zero, found.negative, found.repeated, found.selection) == (50, 0, 0, 0, None)
    assert padding_of(columns([], [])).selection is None


@pytest.mark.parametrize(
    ("pad", "selection"),
    [
        ((0, 0, 0, 0), "pt > 0"),
        ((-999, -999, -999, -999), "pt > 0"),
        ((-1, -1, -1, -1), "pt > 0"),
        ((np.nan, np.nan, np.nan, np.nan), "pt > 0"),
        ((1413, -0.66, -2.36, -999), "energy > 0"),
        ((5, 0, 0, 5), "pt != 5.0"),
    ],
    ids=["0", "-999", "-1", "NaN", "-999 in px, py, pz, E", "5"],
)
def test_the_selection_leaves_padding_out_and_nothing_else(pad, selection):
    padded = jets(10, 3, pad)
    found = padding_of(padded)
    assert found.selection == selection
    assert max(found.zero, found.negative, found.nan, found.repeated) == 30
    kept = padded.keep(evaluate(selection, padded.values))
    assert kept.counts.tolist() == [5] * 10
    assert padding_of(kept).selection is None


def test_it_stands_with_a_selection_that_there_is():
    found = padding_of(jets(10, 3, (0, 0, 0, 0)))
    assert found.within("abs(eta) < 2 or pt > 1") == "(abs(eta) < 2 or pt > 1) and pt > 0"
    assert padding_of(jets(10, 0)).within("pt > 1") is None


def test_lists_that_end_in_their_own_last_constituent_are_counted_without_a_selection():
    found = padding_of(jets(10, 3))
    assert (found.repeated, found.jets, found.selection) == (40, 10, None)


def test_a_repetition_is_counted_at_the_end_of_its_jet_only():
    one, other = (30, 0.1, 0.2, 31), (20, 0.3, 0.1, 22)
    found = padding_of(columns([one, one, other], [other, one, one, one], [one], [], [one, one]))
    assert (found.repeated, found.jets) == (5, 2)


@given(st.lists(st.integers(0, 4), min_size=1, max_size=6))
def test_chunks_add_up(pads):
    made = [jets(2, each, (0, 0, 0, 0)) for each in pads]
    found = sum((padding_of(each) for each in made[1:]), padding_of(made[0]))
    assert (found.constituents, found.zero) == (10 * len(pads) + 2 * sum(pads), 2 * sum(pads))
    assert found.selection == ("pt > 0" if sum(pads) else None)


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
    values = np.concatenate([np.abs(1000 * MASS), [value] * 7]).astype(np.float32)
    found = sentinels_in(values * np.float32(1e-3), 1e-3)
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
