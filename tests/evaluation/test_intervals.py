"""Intervals on small efficiencies have their nominal coverage."""

import numpy as np
import pytest
from scipy.stats import beta, binom, norm

from tagwerk.evaluation.bootstrap import replicas
from tagwerk.evaluation.compared_jets import ComparedJets
from tagwerk.evaluation.cuts import points
from tagwerk.evaluation.intervals import CONFIDENCE, efficiency_interval


def test_if_nothing_passes_the_upper_limit_is_that_of_the_sample_size():
    low, high = efficiency_interval(np.array([0.0]), np.array([0.0]), 100)
    assert low == 0
    assert high == pytest.approx(1 - norm.sf(1) ** (1 / 100))


@pytest.mark.parametrize("passing", [1, 5, 20, 45, 49])
def test_binomial_variance_gives_the_interval_of_jeffreys(passing):
    efficiency = np.array([passing / 50])
    low, high = efficiency_interval(efficiency, efficiency * (1 - efficiency) / 50, 50)
    posterior = beta(passing + 0.5, 50 - passing + 0.5)
    assert (low[0], high[0]) == pytest.approx((posterior.ppf(norm.cdf(-1)), posterior.ppf(norm.cdf(1))))


def test_only_the_variance_counts_not_the_number_of_jets():
    """Ten of a hundred jets, or of fifty, with the variance of fifty."""
    efficiency, variance = np.array([0.1]), np.array([0.1 * 0.9 / 50])
    np.testing.assert_allclose(
        efficiency_interval(efficiency, variance, 100), efficiency_interval(efficiency, variance, 50)
    )


@pytest.mark.parametrize("deviation", [1.01, 2.0, 5.0, 30.0])
def test_less_than_one_effective_jet_gives_an_upper_limit_of_the_size_of_the_standard_deviation(deviation):
    """One of 40 jets passes, but with the fluctuation of the cut that is less than one effective jet."""
    low, high = efficiency_interval(np.array([1 / 40]), np.array([(deviation / 40) ** 2]), 40)
    number = np.sqrt(39 / 40) * 40 / deviation  # of jets, one of which is as much as the standard deviation
    passing = number / 40
    assert low == 0
    assert high == pytest.approx(beta.ppf(norm.cdf(1), passing + 1, number - passing))
    assert 1.8 * deviation / 40 * 0.5 < high[0] < 3.4 * deviation / 40


@pytest.mark.parametrize("efficiency", [0.02, 0.1, 0.5, 0.95])
def test_a_binomial_is_covered_on_average(efficiency):
    """Summed over all outcomes and averaged over efficiencies near the given one, of 500 jets: exactly 68 %."""
    outcomes = np.arange(501)
    fractions = outcomes / 500
    low, high = efficiency_interval(fractions, fractions * (1 - fractions) / 500, 500)
    near = efficiency + np.linspace(-0.01, 0.01, 400)
    covered = (low <= near[:, None]) & (near[:, None] <= high)
    coverage = (binom.pmf(outcomes, 500, near[:, None]) * covered).sum(axis=1)
    assert coverage.mean() == pytest.approx(CONFIDENCE, abs=0.01)


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
    """With 1,000 jets per class the intervals on ε_B cover 68 %, more where a jet or none passes."""
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
    assert np.mean(covered) < (1.01 if background == 1 else CONFIDENCE + 0.10)
