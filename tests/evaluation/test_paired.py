"""Paired comparison of two taggers on the same jets."""

import numpy as np
import pytest

from tagwerk.evaluation.bootstrap import replicas
from tagwerk.evaluation.compared_jets import ComparedJets
from tagwerk.evaluation.measured import measure, rejections
from tagwerk.evaluation.paired import difference, fraction_ahead, rejection_ratios

POINTS = np.array([0.3, 0.5])


def measured(separations, jets=1000, count=200, seed=1):
    """Return the performance of taggers (lists of their seeds' separations) on the same jets."""
    random = np.random.default_rng(seed)
    signal = np.arange(jets) % 2 == 1
    sample = ComparedJets(signal, np.ones(jets), np.arange(jets))
    noise = random.normal(size=jets)
    flat = np.array([separation for seeds in separations for separation in seeds])
    scores = noise + 0.3 * random.normal(size=(len(flat), jets)) + flat[:, None] * signal
    resampled = replicas(sample, scores, POINTS, count, np.random.default_rng(2))
    ends = np.cumsum([len(seeds) for seeds in separations])
    rows = [range(end - len(seeds), end) for seeds, end in zip(separations, ends, strict=True)]
    return [measure(sample, scores[seeds], POINTS, resampled.of_runs(seeds)) for seeds in rows]


def test_a_tagger_is_not_distinguished_from_itself():
    (tagger,) = measured([[1.5]])
    result = difference(tagger, tagger, POINTS)
    assert (result.auc, result.uncertainty, result.significance, result.ahead) == (0, 0, 0, 0.5)
    assert [ratio.value for ratio in result.ratios] == [1, 1]


def test_equal_cuts_with_few_jets_have_an_uncertainty_of_one_jet():
    (tagger,) = measured([[1.9]])
    jets = tagger.background_jets[0]
    assert 2 < jets[0] < 10
    _, low, high = rejection_ratios(tagger, tagger)
    assert low == pytest.approx(jets / (jets + 1))
    assert high == pytest.approx((jets + 1) / jets)


def test_a_better_tagger_is_significantly_and_always_ahead():
    weak, strong = measured([[1.0], [2.0]])
    result = difference(weak, strong, POINTS)
    assert result.auc < 0
    assert result.significance > 5
    assert result.ahead == 0
    assert result.training is None
    assert all(ratio.high < 1 for ratio in result.ratios)


def test_the_spread_of_few_trainings_reduces_the_significance():
    first, second = measured([[1.45, 1.60], [1.75, 1.90]])
    result = difference(first, second, POINTS)
    sigma = abs(result.auc) / np.hypot(result.uncertainty, result.training)
    expected = np.hypot(*(each.auc.std(ddof=1) / np.sqrt(2) for each in (first, second)))
    assert result.training == pytest.approx(expected)
    assert result.significance < 0.9 * sigma


def test_if_nothing_passes_there_is_a_bound_and_no_infinity():
    (tagger,) = measured([[9.0]])
    rejection = rejections(tagger, POINTS)[0]
    assert (rejection.value, rejection.high, rejection.background_jets) == (None, None, 0)
    assert rejection.low == pytest.approx(500 / 1.84, rel=0.01)
    ratio = difference(tagger, tagger, POINTS).ratios[0]
    assert (ratio.value, ratio.low, ratio.high) == (None, 0, None)


def test_one_jet_of_forty_gives_a_bound_or_an_interval_of_one_jet():
    """However the cut fluctuates, there is no upper end or at most that of one jet, six times the value."""
    for seed in range(12):
        (tagger,) = measured([[2.3]], jets=80, seed=seed)
        for each in rejections(tagger, POINTS):
            assert 1 < each.low < 80
            assert each.value is None or each.value > each.low
            assert each.high is None or each.high < 8 * each.value
        for ratio in difference(tagger, tagger, POINTS).ratios:
            assert ratio.high is None or ratio.high < 8 * ratio.value


def test_a_ratio_of_a_rejection_without_an_upper_end_has_none_either():
    weak, strong = measured([[1.0], [4.0]], jets=200)
    assert rejections(strong, POINTS)[0].high is None
    assert rejections(weak, POINTS)[0].high is not None
    assert difference(weak, strong, POINTS).ratios[0].low == 0
    ratio = difference(strong, weak, POINTS).ratios[0]
    assert ratio.high is None
    assert ratio.low > 1


def test_ties_count_half():
    assert fraction_ahead(np.array([1.0, 0.0, -1.0, -2.0])) == 0.375
