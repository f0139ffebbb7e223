"""The fit of the power law: exact on exact curves, and intervals that cover the truth as often as they claim."""

import numpy as np
import pytest

from tagwerk.evaluation.power_law import fit_power_law

JETS = np.array([2000.0, 12_000, 60_000])


def covariance(sizes, of_jets=0.002, of_trainings=0.001):
    """Return that of a fluctuation of the test jets that all sizes share, and of trainings of their own."""
    return of_jets**2 * np.ones((sizes, sizes)) + of_trainings**2 * np.eye(sizes)


@pytest.mark.parametrize(("limit", "amplitude", "exponent"), [(0.15, 2.0, 0.4), (0.0, 1.0, 0.25), (0.3, 900.0, 1.1)])
@pytest.mark.parametrize("jets", [JETS, np.geomspace(1000, 1e6, 6)])
def test_an_exact_curve_is_found(limit, amplitude, exponent, jets):
    fit = fit_power_law(jets, limit + amplitude * jets**-exponent, covariance(len(jets)))
    assert fit.limit.value == pytest.approx(limit, abs=1e-5)
    assert fit.exponent.value == pytest.approx(exponent, rel=1e-4)
    assert fit.amplitude == pytest.approx(amplitude, rel=1e-3)
    assert fit.chi2 == pytest.approx(0, abs=1e-5)
    assert fit.loss(jets) == pytest.approx(limit + amplitude * jets**-exponent, abs=1e-6)


def test_by_hand_where_each_size_halves_the_excess():
    fit = fit_power_law(np.array([1.0, 4.0, 16.0]), np.array([1.4, 0.8, 0.5]), np.eye(3) * 1e-6)
    assert (fit.limit.value, fit.exponent.value, fit.amplitude) == pytest.approx((0.2, 0.5, 1.2), abs=1e-5)


@pytest.mark.parametrize("jets", [JETS, np.array([2000.0, 5000, 12_000, 30_000, 60_000])])
def test_intervals_hold_the_truth_in_two_of_three_pseudo_experiments(jets):
    """Within three binomial standard deviations of 68.3 % of 300."""
    limit, exponent, noise = 0.15, 0.4, covariance(len(jets))
    drawn = np.random.default_rng(1).multivariate_normal(limit + 2.0 * jets**-exponent, noise, 300)
    fits = [fit_power_law(jets, loss, noise) for loss in drawn]
    for truth, intervals in ((exponent, [fit.exponent for fit in fits]), (limit, [fit.limit for fit in fits])):
        inside = [(each.low or 0) <= truth <= (each.high or np.inf) for each in intervals]
        assert np.mean(inside) == pytest.approx(0.683, abs=3 * (0.683 * 0.317 / 300) ** 0.5)


def test_a_common_shift_of_the_test_jets_is_an_uncertainty_of_the_limit_alone():
    loss = 0.15 + 2.0 * JETS**-0.4
    paired, shifted = (fit_power_law(JETS, loss, covariance(3, of_jets)) for of_jets in (0.0, 0.02))
    assert shifted.exponent.low == pytest.approx(paired.exponent.low, rel=0.01)
    assert shifted.limit.high - shifted.limit.low > 2 * (paired.limit.high - paired.limit.low)


def test_the_ends_are_where_chi2_rises_by_the_squared_width():
    loss, noise = 0.15 + 2.0 * JETS**-0.4, covariance(3)
    narrow, wide = (fit_power_law(JETS, loss, noise, width) for width in (1.0, 1.5))
    assert wide.exponent.low < narrow.exponent.low < 0.4 < narrow.exponent.high < wide.exponent.high
    fixed = np.stack([np.ones(3), JETS**-wide.exponent.high], axis=1)
    weight = np.linalg.inv(noise)
    residual = loss - fixed @ np.linalg.solve(fixed.T @ weight @ fixed, fixed.T @ weight @ loss)
    assert residual @ weight @ residual == pytest.approx(1.5**2, rel=0.01)


def test_a_curve_that_falls_like_the_logarithm_has_no_limit_above_zero():
    fit = fit_power_law(JETS, 0.4 - 0.03 * np.log(JETS / 2000), covariance(3))
    assert fit.limit.low is None
    assert 0 < fit.limit.high < 0.25


@pytest.mark.parametrize("loss", [[0.2, 0.2, 0.2], [0.2, 0.2004, 0.2002]])
def test_a_flat_curve_does_not_determine_the_exponent(loss):
    fit = fit_power_law(JETS, np.array(loss), covariance(3))
    assert (fit.exponent.low, fit.exponent.high) == (None, None)
    assert fit.limit.high == pytest.approx(0.2, abs=0.01)


def test_equal_taggers_at_all_sizes_are_no_fault():
    fit = fit_power_law(JETS, np.full(3, 0.2), np.full((3, 3), 1e-6))
    assert fit.chi2 == pytest.approx(0, abs=1e-6)
