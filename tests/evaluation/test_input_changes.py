"""Paired changes in performance: known answers, and the same replicas for all."""

import numpy as np
import pytest
from scipy.stats import norm

from tagwerk.evaluation.compared_jets import ComparedJets
from tagwerk.evaluation.input_changes import measure_changes

POINTS = np.array([0.3, 0.5])


def sample(jets=4000, seed=1):
    random = np.random.default_rng(seed)
    signal = np.arange(jets) % 2 == 1
    return ComparedJets(signal, np.ones(jets), np.arange(jets)), random.normal(size=jets) + 2.0 * signal, random


def test_a_change_of_nothing_or_of_the_scale_of_the_scores_changes_nothing():
    jets, score, random = sample()
    nominal, (same, scaled) = measure_changes(jets, score, np.stack([score, 3 * score + 1]), POINTS, 50, random)
    assert (same.difference, same.uncertainty, same.unchanged) == (0, 0, True)
    assert (scaled.difference, scaled.uncertainty, scaled.unchanged) == (0, 0, False)
    assert [each.ratio for each in scaled.rejections] == [1, 1]
    assert same.auc == scaled.auc == nominal.auc


def test_scores_without_information_have_an_auc_of_one_half():
    jets, score, random = sample()
    nominal, (lost,) = measure_changes(jets, score, random.normal(size=(1, len(score))), POINTS, 100, random)
    assert nominal.auc == pytest.approx(norm.cdf(2**0.5), abs=3 * nominal.uncertainty)
    assert lost.auc == pytest.approx(0.5, abs=0.03)
    assert lost.difference == lost.auc - nominal.auc
    for before, after, point in zip(nominal.rejections, lost.rejections, POINTS, strict=True):
        assert after.value == pytest.approx(1 / point, rel=0.1)
        assert after.ratio == pytest.approx(after.value / before.value)
        assert after.low < after.ratio < after.high
        assert after.background_jets == before.background_jets


def test_noise_costs_what_two_gaussians_say_with_an_uncertainty_smaller_than_that_of_either():
    jets, score, random = sample(20_000)
    noisy = score + 0.5 * random.normal(size=len(score))
    nominal, (change,) = measure_changes(jets, score, noisy[None], POINTS, 100, random)
    expected = norm.cdf(2 / np.sqrt(2 * 1.25)) - norm.cdf(2 / np.sqrt(2))
    assert change.difference == pytest.approx(expected, abs=3 * change.uncertainty)
    assert change.uncertainty < 0.8 * nominal.uncertainty


def test_a_ratio_of_rejections_from_no_jet_has_no_end():
    signal = np.arange(100) % 2 == 1
    jets = ComparedJets(signal, np.ones(100), np.arange(100))
    perfect = signal + np.linspace(0, 0.5, 100)
    nominal, (change,) = measure_changes(jets, perfect, -perfect[None], POINTS, 50, np.random.default_rng(1))
    assert [each.value for each in nominal.rejections] == [None, None]
    assert [each.ratio for each in change.rejections] == [0, 0]
    _, (change,) = measure_changes(jets, -perfect, perfect[None], POINTS, 50, np.random.default_rng(1))
    assert [(each.ratio, each.high) for each in change.rejections] == [(None, None)] * 2
