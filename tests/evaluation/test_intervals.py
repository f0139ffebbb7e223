"""Intervals on small efficiencies have their nominal coverage."""

import numpy as np
import pytest
from scipy.stats import beta, binomtest, norm

from tagwerk.evaluation.bootstrap import replicas
from tagwerk.evaluation.compared_jets import ComparedJets
from tagwerk.evaluation.cuts import points
from tagwerk.evaluation.intervals import CONFIDENCE, efficiency_interval


def test_if_nothing_passes_the_upper_limit_is_that_of_the_sample_size():
    low, high = efficiency_interval(np.array([0.0]), np.array([0.0]), 100)
    assert low == 0
    assert high == pytest.approx(1 - norm.sf(1) ** (1 / 100))


def test_binomial_variance_gives_the_clopper_pearson_interval():
    low, high = efficiency_interval(np.array([0.1]), np.array([0.1 * 0.9 / 50]), 50)
    expected = binomtest(5, 50).proportion_ci(CONFIDENCE, "exact")
    assert (low[0], high[0]) == pytest.approx((expected.low, expected.high))


def test_of_a_larger_variance_the_width_for_integers_is_still_half_a_jet_of_the_sample():
    """Ten of a hundred jets with the variance of fifty: between the intervals of Jeffreys and Clopper and Pearson."""
    low, high = efficiency_interval(np.array([0.1]), np.array([0.1 * 0.9 / 50]), 100)
    tail = norm.cdf(-1)
    assert low[0] == pytest.approx(beta.ppf(tail, 5.25, 45.75))
    assert high[0] == pytest.approx(beta.ppf(1 - tail, 5.75, 45.25))


@pytest.mark.parametrize("deviation", [1.01, 2.0, 5.0, 30.0])
def test_less_than_one_effective_jet_gives_an_upper_limit_of_the_size_of_the_standard_deviation(deviation):
    """One of 40 jets passes, but with the fluctuation of the cut that is less than one effective jet."""
    low, high = efficiency_interval(np.array([1 / 40]), np.array([(deviation / 40) ** 2]), 40)
    number = np.sqrt(39 / 40) * 40 / deviation  # of jets, one of which is as much as the standard deviation
    passing = number / 40
    assert low == 0
    assert high == pytest.approx(beta.ppf(norm.cdf(1), passing + 1, number - passing))
    assert 1.8 * deviation / 40 * 0.5 < high[0] < 3.4 * deviation / 40


def test_one_jet_of_forty_has_the_clopper_pearson_interval():
    low, high = efficiency_interval(np.array([1 / 40]), np.array([1 / 40 * 39 / 40 / 40]), 40)
    expected = binomtest(1, 40).proportion_ci(CONFIDENCE, "exact")
    assert (low[0], high[0]) == pytest.approx((expected.low, expected.high))
    assert 1 / high[0] == pytest.approx(12.4, abs=0.1)
    assert 1 / low[0] == pytest.approx(232, abs=1)


def test_the_interval_is_never_wider_than_that_of_one_jet():
    """Whatever the variance, a rejection has no upper end, or at most that of one jet."""
    grid = np.meshgrid(np.geomspace(1e-3, 0.5, 20), np.geomspace(1e-4, 3, 40))
    efficiency, deviation = (each.ravel() for each in grid)
    low, high = efficiency_interval(efficiency, deviation**2, 1000)
    assert ((low == 0) | (8 * low > efficiency)).all()
    assert (high > efficiency).all()
    assert (high < 1).all()


def test_less_than_one_effective_failing_jet_is_the_mirror_image():
    efficiency, variance = np.array([0.025, 0.2]), np.array([0.05, 0.1]) ** 2
    low, high = efficiency_interval(efficiency, variance, 40)
    mirrored = efficiency_interval(1 - efficiency, variance, 40)
    np.testing.assert_allclose(mirrored, (1 - high, 1 - low))


@pytest.mark.parametrize("efficiency", [-0.3, -1e-9, 0.0])
def test_an_efficiency_below_zero_from_negative_weights_counts_as_zero(efficiency):
    low, high = efficiency_interval(np.array([efficiency]), np.array([0.0]), 100)
    assert (low[0], high[0]) == pytest.approx((0, 1 - norm.sf(1) ** (1 / 100)))
    wide = efficiency_interval(np.array([efficiency]), np.array([0.1**2]), 100)[1]
    assert wide == pytest.approx(1 - norm.sf(1) ** (1 / 10))  # for ten jets, one of which is 0.1


def test_everything_passing_ends_at_one():
    low, high = efficiency_interval(np.array([1.0]), np.array([0.0]), 50)
    assert high == 1
    assert low == pytest.approx(norm.sf(1) ** (1 / 50))


@pytest.mark.parametrize(("separation", "background"), [(1.36, 40), (1.95, 10), (2.7, 1)])
def test_coverage_of_the_rejection_of_two_gaussians(separation, background):
    """With 1,000 jets per class the intervals on ε_B cover at least 68 %, more where a handful of jets pass."""
    random = np.random.default_rng(9)
    point = np.array([0.35])
    exact = norm.sf(norm.isf(point) + separation)[0]
    assert exact * 1000 == pytest.approx(background, rel=0.05)
    signal = np.arange(2000) % 2 == 1
    jets = ComparedJets(signal, np.ones(2000), np.arange(2000))
    covered = []
    for _ in range(200):
        score = random.normal(size=2000) + separation * signal
        variance = replicas(jets, score[None], point, 40, random).background_efficiency[0].var(axis=0, ddof=1)
        low, high = efficiency_interval(points(jets, score, point).background_efficiency, variance, 1000)
        covered.append(low[0] <= exact <= high[0])
    # Three standard deviations of a coverage of 68 % in 200 trials are 0.10.
    assert np.mean(covered) > CONFIDENCE - 0.10
    assert np.mean(covered) < (0.83 if background == 40 else 1.01)
