"""The compiled sums over ranked jets agree with plain ones, with weights of either sign, ties, and shared events."""

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from tagwerk.evaluation.compared_jets import ComparedJets
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
def test_the_background_efficiency_is_that_of_the_first_cut_that_keeps_the_signal(resampling):
    assume_both_classes(resampling)
    signal, background = passing(resampling)
    for row, s, b in zip(resampling.background_efficiency(POINTS), signal, background, strict=True):
        first = [int(np.argmax(s / s[-1] >= point)) for point in POINTS]
        assert row == pytest.approx(b[first] / b[-1], abs=1e-12)


@given(resamplings())
def test_sums_of_weights_are_those_of_the_jets_chosen_and_of_the_others(resampling):
    chosen = resampling.ranking.score > 1
    weight = resampling.weight
    expected = [weight[:, chosen].sum(axis=1), weight[:, ~chosen].sum(axis=1)]
    np.testing.assert_allclose(resampling.sums(chosen), expected, atol=1e-12)
