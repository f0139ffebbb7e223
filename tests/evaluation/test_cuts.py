"""The metrics agree with calculations by hand and closed forms."""

import numpy as np
import pytest
from scipy.stats import norm

from tagwerk.evaluation.compared_jets import ComparedJets
from tagwerk.evaluation.cuts import points
from tagwerk.evaluation.metrics.accuracy import accuracy
from tagwerk.evaluation.metrics.auc import auc


def sample(signal, weight=None):
    signal = np.array(signal, bool)
    return ComparedJets(
        signal, np.ones(len(signal)) if weight is None else np.array(weight, float), np.arange(len(signal))
    )


def test_four_against_four_by_hand():
    jets = sample([1, 1, 1, 0, 1, 0, 0, 0])
    score = np.array([0.9, 0.8, 0.7, 0.65, 0.4, 0.3, 0.2, 0.1])
    assert auc(jets, score) == 15 / 16
    assert accuracy(jets, score) == 6 / 8
    passing = points(jets, score, np.array([0.5, 0.75, 0.76, 1.0]))
    assert passing.background_efficiency.tolist() == [0, 0, 0.25, 0.25]
    assert passing.background_jets.tolist() == [0, 0, 1, 1]


def test_a_weight_of_two_equals_two_jets():
    score = np.array([0.9, 0.6, 0.7, 0.2])
    weighted = sample([1, 1, 0, 0], [2, 1, 1, 3])
    repeated = sample([1, 1, 1, 0, 0, 0, 0])
    scores = np.array([0.9, 0.9, 0.6, 0.7, 0.2, 0.2, 0.2])
    assert auc(weighted, score) == pytest.approx(auc(repeated, scores), abs=1e-15)
    assert accuracy(weighted, score) == pytest.approx(6 / 7, abs=1e-15)
    efficiencies = np.array([0.5, 0.9])
    assert points(weighted, score, efficiencies).background_efficiency.tolist() == [0, 0.25]
    assert points(repeated, scores, efficiencies).background_efficiency.tolist() == [0, 0.25]


def test_negative_weights_are_subtracted():
    """Pairs of signal and background jets by hand, each with the product of their weights."""
    jets = sample([1, 1, 1, 0, 0, 0], [1, -1, 2, 1, -1, 3])
    score = np.array([0.9, 0.8, 0.3, 0.7, 0.5, 0.1])
    # Each signal jet is above a background weight of 3: the jets at 0.1, 0.5 and 0.7, or the one at 0.1 alone.
    assert auc(jets, score) == pytest.approx((1 * 3 - 1 * 3 + 2 * 3) / (2 * 3))
    assert accuracy(jets, score) == pytest.approx((1 - 1 + 3 - 1) / 5)
    # Signal efficiencies from the tightest cut on: 1/2, 0, 0, 0, 1. The first cut is the first to keep one half.
    passing = points(jets, score, np.array([0.4, 0.5, 0.6]))
    assert passing.background_efficiency.tolist() == [0, 0, 0]
    assert passing.background_jets.tolist() == [0, 0, 0]
    cancelling = points(sample([1, 0, 0, 0], [1, 1, -1, 3]), np.array([0.2, 0.9, 0.8, 0.1]), np.array([0.5]))
    assert (cancelling.background_efficiency.tolist(), cancelling.background_jets.tolist()) == ([0], [0])


def test_the_number_of_background_jets_is_the_effective_one():
    jets = sample([1, 0, 0, 0, 0], [1, 3, 1, 1, 5])
    passing = points(jets, np.array([0.2, 0.9, 0.8, 0.7, 0.1]), np.array([0.5]))
    assert passing.background_efficiency.tolist() == [0.5]
    assert passing.background_jets.tolist() == pytest.approx([5**2 / (9 + 1 + 1)])


def test_jets_of_equal_score_pass_a_cut_together():
    jets = sample([1, 1, 0, 0])
    passing = points(jets, np.array([0.9, 0.5, 0.5, 0.1]), np.array([0.5, 0.6]))
    assert passing.background_efficiency.tolist() == [0, 0.5]
    assert passing.background_jets.tolist() == [0, 1]


def test_two_gaussians_agree_with_the_closed_form():
    random = np.random.default_rng(5)
    signal = np.arange(200_000) % 2 == 1
    score = random.normal(size=len(signal)) + 2 * signal
    jets = sample(signal)
    assert auc(jets, score) == pytest.approx(norm.cdf(2 / np.sqrt(2)), abs=0.002)
    efficiency = np.array([0.3, 0.5, 0.7])
    exact = norm.sf(norm.isf(efficiency) + 2)
    assert points(jets, score, efficiency).background_efficiency == pytest.approx(exact, rel=0.05)
