"""One tagger against another on the same jets."""

import numpy as np
import pytest

from tagwerk.evaluation.bootstrap import Replicas, replicas
from tagwerk.evaluation.compared_jets import ComparedJets
from tagwerk.evaluation.measured import measure, rejections
from tagwerk.evaluation.paired import difference, rejection_ratios, share_ahead

POINTS = np.array([0.3, 0.5])


def measured(separations, jets=1000, count=200, seed=1):
    """Return what taggers (lists of their seeds' separations) reach on the same jets."""
    random = np.random.default_rng(seed)
    signal = np.arange(jets) % 2 == 1
    sample = ComparedJets(signal, np.ones(jets), np.arange(jets))
    noise = random.normal(size=jets)
    flat = np.array([each for seeds in separations for each in seeds])
    scores = noise + 0.3 * random.normal(size=(len(flat), jets)) + flat[:, None] * signal
    drawn = replicas(sample, scores, POINTS, count, np.random.default_rng(2))
    ends = np.cumsum([len(seeds) for seeds in separations])
    rows = [range(end - len(seeds), end) for seeds, end in zip(separations, ends, strict=True)]
    return [
        measure(sample, scores[some], POINTS, Replicas(*(each[some] for each in vars(drawn).values()))) for some in rows
    ]


def test_a_tagger_is_not_told_apart_from_itself():
    (one,) = measured([[1.5]])
    found = difference(one, one, POINTS)
    assert (found.auc, found.uncertainty, found.significance, found.ahead) == (0, 0, 0, 0.5)
    assert [ratio.value for ratio in found.ratios] == [1, 1]


def test_equal_cuts_on_few_jets_keep_an_uncertainty_of_one_jet():
    (one,) = measured([[1.9]])
    jets = one.background_jets[0]
    assert 2 < jets[0] < 10
    _, low, high = rejection_ratios(one, one)
    assert low == pytest.approx(jets / (jets + 1))
    assert high == pytest.approx((jets + 1) / jets)


def test_a_better_tagger_is_far_and_always_ahead():
    weak, strong = measured([[1.0], [2.0]])
    found = difference(weak, strong, POINTS)
    assert found.auc < 0
    assert found.significance > 5
    assert found.ahead == 0
    assert found.training is None
    assert all(ratio.high < 1 for ratio in found.ratios)


def test_spread_of_few_trainings_brings_the_significance_down():
    one, other = measured([[1.45, 1.60], [1.75, 1.90]])
    found = difference(one, other, POINTS)
    deviation = abs(found.auc) / np.hypot(found.uncertainty, found.training)
    expected = np.hypot(*(each.auc.std(ddof=1) / np.sqrt(2) for each in (one, other)))
    assert found.training == pytest.approx(expected)
    assert found.significance < 0.9 * deviation


def test_nothing_passing_leaves_a_bound_and_no_infinity():
    (one,) = measured([[9.0]])
    found = rejections(one, POINTS)[0]
    assert (found.value, found.high, found.background_jets) == (None, None, 0)
    assert found.low == pytest.approx(500 / 1.84, rel=0.01)
    ratio = difference(one, one, POINTS).ratios[0]
    assert (ratio.value, ratio.low, ratio.high) == (None, 0, None)


def test_one_jet_of_forty_is_a_bound_or_an_interval_of_one_jet():
    """Whichever jets the cut fluctuates to, the upper end is none or at most that of one jet, six times the value."""
    for seed in range(12):
        (one,) = measured([[2.3]], jets=80, seed=seed)
        for each in rejections(one, POINTS):
            assert 1 < each.low < 80
            assert each.value is None or each.value > each.low
            assert each.high is None or each.high < 8 * each.value
        for ratio in difference(one, one, POINTS).ratios:
            assert ratio.high is None or ratio.high < 8 * ratio.value


def test_a_rejection_without_an_upper_end_leaves_the_ratio_without_one():
    weak, strong = measured([[1.0], [4.0]], jets=200)
    assert rejections(strong, POINTS)[0].high is None
    assert rejections(weak, POINTS)[0].high is not None
    assert difference(weak, strong, POINTS).ratios[0].low == 0
    ratio = difference(strong, weak, POINTS).ratios[0]
    assert ratio.high is None
    assert ratio.low > 1


def test_ties_count_half():
    assert share_ahead(np.array([1.0, 0.0, -1.0, -2.0])) == 0.375
