"""The compiled sums over ranked jets agree with plain ones, with weights of either sign, ties, and shared events."""

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy.stats import norm

from tagwerk.evaluation.compared_jets import ComparedJets
from tagwerk.evaluation.cuts import points
from tagwerk.evaluation.ranking import Ranking, Resampling

POINTS = np.array([0.5, 0.01, 1.0, 0.3, 0.3])


@st.composite
def resamplings(draw):
    """Draw up to 30 jets of both classes in up to as many events, with few distinct scores, in three replicas."""
    jets = draw(st.integers(2, 30))
    random = np.random.default_rng(draw(st.integers(0, 10_000)))
    signal = random.random(jets) < 0.5
    signal[:2] = True, False
    weight = random.choice([-0.5, 1.0, 1.75, 3.0] if draw(st.booleans()) else [1.0], jets)
    event = np.unique(random.integers(0, jets, jets), return_inverse=True)[1]
    score = random.integers(0, draw(st.integers(1, 40)), jets) / 10
    counts = random.poisson(1.0, (event.max() + 1, 3)).astype(np.uint8)
    return Resampling(Ranking.of(ComparedJets(signal, weight, event), score), counts)


def passing(resampling):
    """Return the signal and background weight above each distinct score in descending order, (R, G) each."""
    sample, score = resampling.ranking.sample, resampling.ranking.score
    cuts = np.unique(score)[::-1]
    above = score >= cuts[:, None]
    return [np.array([[w[cut & chosen].sum() for cut in above] for w in resampling.weight])
            for chosen in (sample.signal, ~sample.signal)]  # fmt: skip


def assume_both_classes(resampling):
    """Skip replicas without signal or background, which are drawn again."""
    for sums in passing(resampling):
        assume((sums[:, -1] > 0.1).all())


@given(resamplings())
def test_the_auc_is_the_sum_over_pairs(resampling):
    assume_both_classes(resampling)
    sample, score, weight = resampling.ranking.sample, resampling.ranking.score, resampling.weight
    signal, background = weight[:, sample.signal], weight[:, ~sample.signal]
    above = (np.sign(score[sample.signal][:, None] - score[~sample.signal]) + 1) / 2
    pairs = np.einsum("ri,ij,rj->r", signal, above, background)
    assert resampling.auc() == pytest.approx(pairs / signal.sum(axis=1) / background.sum(axis=1), abs=1e-10)


@given(resamplings())
def test_background_efficiencies_are_of_the_samples_cuts_and_follow_the_slope_to_its_signal_efficiencies(resampling):
    assume_both_classes(resampling)
    signal, background = (each / each[:, -1:] for each in passing(resampling))
    once = Resampling(resampling.ranking, np.ones_like(resampling.counts))
    reached = (passing(once)[0] / passing(once)[0][:, -1:])[0]
    slopes = resampling.ranking.cuts(POINTS).slope
    for row, s, b in zip(
        resampling.background_efficiency(resampling.ranking.cuts(POINTS)), signal, background, strict=True
    ):
        first = np.array([int(np.argmax(reached >= point)) for point in POINTS])
        kept, nominal = (np.append(0, each) for each in (s, reached))
        shift = (kept[first] + kept[first + 1] - nominal[first] - nominal[first + 1]) / 2
        assert row == pytest.approx(b[first] - slopes * shift, abs=1e-10)
    np.testing.assert_allclose(
        once.background_efficiency(resampling.ranking.cuts(POINTS))[0],
        points(resampling.ranking.sample, resampling.ranking.score, POINTS).background_efficiency,
        atol=1e-12,
    )


def test_the_slope_of_a_roc_curve_by_hand():
    """Ten signal and ten background jets in turn: the curve rises by one for one; without background it is flat."""
    signal = np.arange(20) % 2 == 0
    jets = ComparedJets(signal, np.ones(20), np.arange(20))
    in_turn = Ranking.of(jets, -np.arange(20.0)).cuts(np.array([0.5, 1.0]))
    # Within (1.5 / 2π / 10)^⅓ = 0.29 of 0.5, the first cuts that keep 0.21 and 0.79 of the signal; at the end one jet.
    assert in_turn.slope == pytest.approx([(0.7 - 0.2) / (0.8 - 0.3), 1])
    assert in_turn.signal == pytest.approx([0.45, 0.95])
    assert (in_turn.start.tolist(), in_turn.stop.tolist()) == ([8, 18], [9, 19])
    apart = Ranking.of(jets, signal.astype(float) + np.arange(20) / 100).cuts(np.array([0.5, 1.0]))
    assert apart.slope == pytest.approx([0, 0])
    equal = Ranking.of(jets, np.zeros(20)).cuts(np.array([0.5]))
    assert (equal.start.tolist(), equal.stop.tolist(), equal.slope.tolist()) == ([0], [20], [1])


def test_the_slope_is_the_ratio_of_the_densities():
    random = np.random.default_rng(1)
    signal = np.arange(200_000) % 2 == 0
    score = random.normal(size=200_000) + 1.5 * signal
    efficiency = np.array([0.3, 0.5, 0.9])
    cuts = Ranking.of(ComparedJets(signal, np.ones(200_000), np.arange(200_000)), score).cuts(efficiency)
    threshold = norm.isf(efficiency) + 1.5
    assert cuts.slope == pytest.approx(norm.pdf(threshold) / norm.pdf(threshold - 1.5), rel=0.05)


@given(resamplings())
def test_sums_of_weights_are_those_of_the_jets_chosen_and_of_the_others(resampling):
    chosen = resampling.ranking.score > 1
    weight = resampling.weight
    expected = [weight[:, chosen].sum(axis=1), weight[:, ~chosen].sum(axis=1)]
    np.testing.assert_allclose(resampling.sums(chosen), expected, atol=1e-12)
