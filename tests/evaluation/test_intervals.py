"""Intervals on small efficiencies cover what they promise."""

import numpy as np
import pytest
from scipy.stats import binomtest, norm

from tagwerk.evaluation import metrics
from tagwerk.evaluation.bootstrap import replicas
from tagwerk.evaluation.intervals import CONFIDENCE, efficiency_interval
from tagwerk.evaluation.sample import Sample


def test_nothing_passing_gives_the_upper_limit_of_the_sample_size():
    low, high = efficiency_interval(np.array([0.0]), np.array([0.0]), 100)
    assert low == 0
    assert high == pytest.approx(1 - norm.sf(1) ** (1 / 100))


def test_binomial_variance_gives_clopper_and_pearson():
    low, high = efficiency_interval(np.array([0.1]), np.array([0.1 * 0.9 / 50]), 1e9)
    expected = binomtest(5, 50).proportion_ci(CONFIDENCE, "exact")
    assert (low[0], high[0]) == pytest.approx((expected.low, expected.high))


def test_everything_passing_ends_at_one():
    low, high = efficiency_interval(np.array([1.0]), np.array([0.0]), 50)
    assert high == 1
    assert low == pytest.approx(norm.sf(1) ** (1 / 50))


@pytest.mark.parametrize(("separation", "background"), [(1.36, 40), (1.95, 10), (2.7, 1)])
def test_coverage_of_the_rejection_of_two_gaussians(separation, background):
    """At 1,000 and 1,000 jets the intervals on ε_B cover at least 68 %, more where a handful of jets pass."""
    random = np.random.default_rng(9)
    point = np.array([0.35])
    exact = norm.sf(norm.isf(point) + separation)[0]
    assert exact * 1000 == pytest.approx(background, rel=0.05)
    signal = np.arange(2000) % 2 == 1
    jets = Sample(signal, np.ones(2000), np.arange(2000))
    covered = []
    for _ in range(200):
        score = random.normal(size=2000) + separation * signal
        variance = replicas(jets, score[None], point, 40, random).background_efficiency[0].var(axis=0, ddof=1)
        low, high = efficiency_interval(metrics.points(jets, score, point).background_efficiency, variance, 1000)
        covered.append(low[0] <= exact <= high[0])
    # Three standard deviations of 200 trials of 68 % are 0.10.
    assert np.mean(covered) > CONFIDENCE - 0.10
    assert np.mean(covered) < (0.83 if background == 40 else 1.01)
