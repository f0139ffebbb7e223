"""Replicas are the same comparison on resampled jets, with the spread expected from theory."""

import numpy as np
import pytest

from tagwerk.evaluation.bootstrap import replicas
from tagwerk.evaluation.compared_jets import ComparedJets
from tagwerk.evaluation.cuts import points
from tagwerk.evaluation.metrics import metrics

POINTS = np.array([0.1, 0.3, 0.5, 0.9, 1.0])


class EveryEvent:
    """A generator that draws every event a given number of times."""

    def __init__(self, times):
        self.times = times

    def poisson(self, mean, size):
        return np.broadcast_to(self.times, size)


def gaussians(jets, separations, correlation, seed):
    random = np.random.default_rng(seed)
    signal = np.arange(jets) % 2 == 1
    common, own = random.normal(size=jets), random.normal(size=(len(separations), jets))
    noise = np.sqrt(correlation) * common + np.sqrt(1 - correlation) * own
    scores = noise + np.array(separations)[:, None] * signal
    return ComparedJets(signal, np.ones(jets), np.arange(jets)), scores


def delong(signal, scores):
    """Return the covariance of the AUCs of several scores (M, B) of the same jets (Biometrics 44 (1988) 837)."""
    above = (scores[:, signal, None] > scores[:, None, ~signal]).astype(float)
    return np.cov(above.mean(axis=2)) / signal.sum() + np.cov(above.mean(axis=1)) / (~signal).sum()


def test_drawing_every_event_once_reproduces_the_sample():
    random = np.random.default_rng(1)
    jets, scores = gaussians(400, [1, 2], 0.5, 1)
    jets = ComparedJets(jets.signal, random.uniform(0.5, 2, 400), jets.event)
    scores = np.round(scores, 1)  # many ties, as for boosted trees
    result = replicas(jets, scores, POINTS, 3, EveryEvent(np.ones(400)))
    for run, score in enumerate(scores):
        for name, metric in metrics().items():
            assert result.metrics[name][run] == pytest.approx(metric.value(jets, score), abs=1e-12)
        expected = points(jets, score, POINTS).background_efficiency
        np.testing.assert_allclose(result.background_efficiency[run], np.broadcast_to(expected, (3, 5)), atol=1e-12)


def test_replicas_with_negative_weights_reproduce_the_sample_too():
    random = np.random.default_rng(6)
    jets, scores = gaussians(400, [1, 2], 0.5, 1)
    jets = ComparedJets(jets.signal, np.where(random.random(400) < 0.2, -1.0, 1.0), jets.event)
    result = replicas(jets, np.round(scores, 1), POINTS, 2, EveryEvent(np.ones(400)))
    for run, score in enumerate(np.round(scores, 1)):
        for name, metric in metrics().items():
            assert result.metrics[name][run] == pytest.approx(metric.value(jets, score), abs=1e-12)
        expected = points(jets, score, POINTS).background_efficiency
        np.testing.assert_allclose(result.background_efficiency[run], np.broadcast_to(expected, (2, 5)), atol=1e-12)


def test_an_event_drawn_twice_counts_all_its_jets_twice():
    jets, scores = gaussians(100, [1.5], 0, 2)
    events = ComparedJets(jets.signal, jets.weight, np.arange(100) // 2)
    times = np.arange(50) % 3
    result = replicas(events, scores, POINTS, 1, EveryEvent(times))
    keep = times[events.event] > 0
    heavier = ComparedJets(jets.signal[keep], times[events.event][keep].astype(float), np.arange(keep.sum()))
    assert result.auc[0, 0] == pytest.approx(metrics()["auc"].value(heavier, scores[0, keep]), abs=1e-12)


def test_the_spread_of_aucs_and_their_paired_difference_is_that_of_delong():
    jets, scores = gaussians(2000, [1.5, 1.6], 0.8, 3)
    result = replicas(jets, scores, POINTS, 500, np.random.default_rng(4))
    covariance = delong(jets.signal, scores)
    assert result.auc.std(axis=1) == pytest.approx(np.sqrt(np.diag(covariance)), rel=0.12)
    paired = np.sqrt([1, -1] @ covariance @ [1, -1])
    assert (result.auc[0] - result.auc[1]).std() == pytest.approx(paired, rel=0.12)
    assert paired < 0.6 * np.sqrt(np.trace(covariance))


def test_the_seed_determines_the_replicas():
    jets, scores = gaussians(200, [1], 0, 5)
    first, same, other = (replicas(jets, scores, POINTS, 7, np.random.default_rng(seed)) for seed in (1, 1, 2))
    assert np.array_equal(first.auc, same.auc)
    assert not np.array_equal(first.auc, other.auc)


def test_a_replica_without_a_class_is_drawn_again():
    jets, scores = gaussians(200, [1.5], 0, 2)
    few = ComparedJets(jets.signal, jets.weight, np.where(jets.signal, 0, np.arange(200)))  # all signal in one event
    result = replicas(few, scores, POINTS, 40, np.random.default_rng(3))
    for values in (*result.metrics.values(), result.background_efficiency):
        assert np.isfinite(values).all()
