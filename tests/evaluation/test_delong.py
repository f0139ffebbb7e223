"""DeLong's covariance against brute force over pairs of jets, and against the bootstrap."""

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from tagwerk.evaluation.bootstrap import replicas
from tagwerk.evaluation.compared_jets import ComparedJets
from tagwerk.evaluation.delong import delong, placements


def gaussians(jets, separations, seed, per_event=1):
    """Return jets whose scores share fluctuations among rows and within events."""
    random = np.random.default_rng(seed)
    signal, event = np.arange(jets) % 2 == 1, np.arange(jets) // per_event
    noise = (
        random.normal(size=jets) + random.normal(size=jets)[event] + 0.7 * random.normal(size=(len(separations), jets))
    )
    return ComparedJets(signal, np.ones(jets), event), noise + np.array(separations)[:, None] * signal


def kernel(sample, score):
    """Return one for each signal jet above a background jet, one half for equal scores, (signal, background)."""
    return (np.sign(score[sample.signal][:, None] - score[~sample.signal]) + 1) / 2


def test_six_jets_by_hand():
    """Signal at 3, 2 and 1, background at 2, 1 and 0: of nine pairs six are in order and two tied, AUC = 7/9."""
    sample = ComparedJets(np.array([1, 1, 1, 0, 0, 0], bool), np.ones(6), np.arange(6))
    score = np.array([3.0, 2.0, 1.0, 2.0, 1.0, 0.0])
    assert placements(sample, score) == pytest.approx([1, 5 / 6, 1 / 2, 1 / 2, 5 / 6, 1])
    result = delong(sample, score[None])
    assert result.auc == pytest.approx([7 / 9])
    # Sum of squared deviations from 7/9: (4² + 1² + 5²) / 18² = 42/324 for either class, each over 2 x 3.
    assert result.covariance == pytest.approx(np.array([[2 * 42 / 324 / 6]]))


@pytest.mark.parametrize("digits", [1, 9])
def test_without_weights_it_is_the_definition_over_all_pairs_of_jets(digits):
    sample, scores = gaussians(60, [1.0, 1.2, 2.0], seed=1)
    scores = np.round(scores, digits)
    pairs = np.stack([kernel(sample, score) for score in scores])
    result = delong(sample, scores)
    assert result.auc == pytest.approx([roc_auc_score(sample.signal, score) for score in scores])
    expected = np.cov(pairs.mean(axis=2)) / 30 + np.cov(pairs.mean(axis=1)) / 30
    np.testing.assert_allclose(result.covariance, expected, rtol=1e-10)


def test_events_are_the_units_of_fluctuation():
    """Obuchowski's sums over events, by loops over all jets."""
    sample, scores = gaussians(40, [1.0, 1.3], seed=2, per_event=4)
    pairs = [kernel(sample, score) for score in scores]
    events, signal, background = sample.event, sample.event[sample.signal], sample.event[~sample.signal]
    expected = np.zeros((2, 2))
    for event in np.unique(events):
        x = [(p.mean(axis=1) - p.mean())[signal == event].sum() / 20 for p in pairs]
        y = [(p.mean(axis=0) - p.mean())[background == event].sum() / 20 for p in pairs]
        total = np.add(x, y)
        expected += 10 / 9 * np.outer(total, total)
    np.testing.assert_allclose(delong(sample, scores).covariance, expected, rtol=1e-10)


def test_equal_weights_change_nothing_and_a_weight_of_two_is_two_jets_of_one_event():
    sample, scores = gaussians(50, [1.0, 1.5], seed=3)
    first = delong(sample, scores)
    same = delong(ComparedJets(sample.signal, np.full(50, 2.0), sample.event), scores)
    np.testing.assert_allclose(same.covariance, first.covariance, rtol=1e-12)
    weight = np.where(np.arange(50) % 3, 1.0, 2.0)
    copies = np.repeat(np.arange(50), weight.astype(int))
    doubled = delong(ComparedJets(sample.signal[copies], np.ones(len(copies)), sample.event[copies]), scores[:, copies])
    weighted = delong(ComparedJets(sample.signal, weight, sample.event), scores)
    np.testing.assert_allclose(weighted.auc, doubled.auc, rtol=1e-12)
    np.testing.assert_allclose(weighted.covariance, doubled.covariance, rtol=1e-10)


@pytest.mark.parametrize("per_event", [1, 2, 5])
def test_it_agrees_with_the_bootstrap(per_event):
    sample, scores = gaussians(2000, [1.5, 1.8], seed=4, per_event=per_event)
    weight = np.random.default_rng(5).choice([-0.3, 1.0, 1.5], 2000)
    sample = ComparedJets(sample.signal, weight, sample.event)
    result = delong(sample, scores)
    resampled = replicas(sample, scores, np.array([0.5]), 2000, np.random.default_rng(6)).auc
    assert np.sqrt(np.diag(result.covariance)) == pytest.approx(resampled.std(axis=1), rel=0.08)
    assert result.uncertainty(0, 1) == pytest.approx((resampled[0] - resampled[1]).std(), rel=0.08)


def test_equal_rows_are_not_distinguished_and_the_p_value_is_two_sided():
    sample, scores = gaussians(100, [1.0, 1.5], seed=6)
    result = delong(sample, scores[[0, 0, 1]])
    assert (result.uncertainty(0, 1), result.p_value(0, 1)) == (0, 1)
    assert result.p_value(0, 2) == result.p_value(2, 0)
    assert 0 < result.p_value(0, 2) < 0.3


def test_a_class_in_a_single_event_has_no_p_value():
    sample, scores = gaussians(20, [1.0, 1.5], seed=7)
    single = ComparedJets(sample.signal, sample.weight, np.where(sample.signal, 0, np.arange(20)))
    result = delong(single, scores)
    assert result.uncertainty(0, 1) is None
    assert result.p_value(0, 1) is None
