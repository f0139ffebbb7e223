"""The divergence of the background's mass is zero for random cuts, up to its floor, and one for a cut on the mass."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tagwerk.evaluation.compared_jets import ComparedJets
from tagwerk.evaluation.mass_sculpting import divergence, measure_mass_sculpting

COUNTS = st.lists(st.integers(0, 20), min_size=4, max_size=4).filter(any)


def background(jets=4000, seed=1, **changes):
    random = np.random.default_rng(seed)
    values = {"signal": np.zeros(jets, bool), "weight": np.ones(jets), "event": np.arange(jets)} | changes
    return ComparedJets(**values, variables={"mass": random.gamma(3, 30, jets)})


def measured(sample, scores, cut, **keys):
    return measure_mass_sculpting(sample, {"a": scores}, {"a": np.full((len(scores), 1), cut)}, [0.5], **keys).points[0]


def test_by_hand():
    assert divergence(np.array([1, 0]), np.array([0, 3])) == pytest.approx(1)
    assert divergence(np.array([2.0, 6]), np.array([1.0, 3])) == pytest.approx(0, abs=1e-12)
    # p = (1, 0), q = (1/2, 1/2), m = (3/4, 1/4): (log2(4/3) + (log2(2/3) + log2(2)) / 2) / 2.
    expected = (np.log2(4 / 3) + (np.log2(2 / 3) + 1) / 2) / 2
    assert divergence(np.array([1.0, 0]), np.array([1.0, 1])) == pytest.approx(expected)
    assert divergence(np.array([1.0, -1]), np.array([1.0, 1])) == pytest.approx(expected)


@given(COUNTS, COUNTS)
def test_it_is_symmetric_and_between_zero_and_one(first, second):
    p, q = np.array(first, float), np.array(second, float)
    assert divergence(p, q) == pytest.approx(divergence(q, p), abs=1e-12)
    assert -1e-12 <= divergence(p, q) <= 1 + 1e-12


def test_a_random_cut_is_at_the_floor():
    found = [
        measured(sample := background(seed=seed), np.random.default_rng(99 + seed).random((1, 4000)), 0.9, count=60)
        for seed in range(20)
    ]
    assert sample.variables["mass"].min() > 0
    assert np.mean([each.divergence for each in found]) == pytest.approx(
        np.mean([each.floor for each in found]), rel=0.1
    )
    assert 0.6 < np.mean([each.divergence < each.floor_high for each in found]) <= 1


def test_a_cut_on_the_mass_separates_completely():
    sample = background()
    found = measured(sample, sample.variables["mass"][None], np.median(sample.variables["mass"]))
    assert found.divergence > 0.9
    assert found.floor_high < 0.02
    assert sum(found.passing) == pytest.approx(1)


def test_signal_does_not_count():
    sample = background(signal=np.arange(4000) % 2 == 0)
    mass = np.where(sample.signal, 1e4, sample.variables["mass"])
    with_signal = ComparedJets(sample.signal, sample.weight, sample.event, {"mass": mass})
    scores = np.random.default_rng(2).random((1, 4000))
    assert measured(with_signal, scores, 0.8) == measured(sample, scores, 0.8)


def test_the_floor_does_not_depend_on_a_common_weight_and_grows_with_fluctuating_ones():
    scores = np.random.default_rng(3).random((1, 4000))
    unit, double = (measured(background(weight=np.full(4000, w)), scores, 0.8) for w in (1.0, 2.0))
    assert double.floor == pytest.approx(unit.floor)
    # Weights of which a tenth are five times larger have (9 + 5)² / (9 + 25) = 5.8 of ten effective jets.
    scores, weight = np.random.default_rng(3).random((1, 20_000)), np.where(np.arange(20_000) % 10, 1.0, 5.0)
    unit, uneven = (measured(background(20_000, weight=each), scores, 0.8) for each in (np.ones(20_000), weight))
    assert uneven.floor / unit.floor == pytest.approx(34 * 10 / 14**2, rel=0.1)


def test_seeds_are_averaged():
    sample, scores = background(), np.random.default_rng(4).random((2, 4000))
    both = measured(sample, scores, 0.8)
    alone = [measured(sample, scores[[seed]], 0.8).divergence for seed in (0, 1)]
    assert both.divergence == pytest.approx(np.mean(alone))
    assert both.spread == pytest.approx(np.std(alone, ddof=1))


def test_a_cut_that_none_or_all_of_the_background_passes_has_no_divergence():
    sample, scores = background(), np.random.default_rng(5).random((1, 4000))
    for cut, jets in ((2.0, 0), (-1.0, 4000)):
        found = measured(sample, scores, cut)
        assert (found.divergence, found.floor, found.passing, found.jets) == (None, None, None, jets)


def test_negative_weights_give_finite_numbers():
    weight = np.where(np.arange(4000) % 6 == 0, -1.0, 1.0)
    found = measured(background(weight=weight), np.random.default_rng(6).random((1, 4000)), 0.5)
    assert 0 <= found.divergence <= 1
    assert found.floor > 0


def test_it_needs_a_mass_that_varies():
    sample, scores = background(40), {"a": np.random.default_rng(7).random((1, 40))}
    for mass in (np.full(40, 80.0), np.full(40, np.nan)):
        jets = ComparedJets(sample.signal, sample.weight, sample.event, {"mass": mass})
        assert measure_mass_sculpting(jets, scores, {"a": np.array([[0.5]])}, [0.5]) is None
    bare = ComparedJets(sample.signal, sample.weight, sample.event)
    assert measure_mass_sculpting(bare, scores, {"a": np.array([[0.5]])}, [0.5]) is None


def test_jets_beyond_the_edges_are_in_the_outermost_bins():
    sample = background()
    found = measure_mass_sculpting(sample, {"a": sample.variables["mass"][None]}, {"a": np.array([[50.0]])}, [0.5])
    assert found.edges[-1] < sample.variables["mass"].max()
    assert sum(found.inclusive) == pytest.approx(1)
