import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import expit
from sklearn.metrics import roc_auc_score

from tagwerk.training.monotone import LogOddsCurve, Sample, direction, measured, of_likelihood_ratio


def gaussians(jets, separation=2.0, seed=1):
    """Return two Gaussians of unit width; their log likelihood ratio is `separation` times the variable."""
    random = np.random.default_rng(seed)
    second = random.random(jets) < 0.5
    return Sample(random.normal(separation * (second - 0.5), 1), second, np.ones(jets))


def test_between_and_beyond_its_knots_a_curve_is_linear():
    curve = LogOddsCurve(variable="x", classes=(0, 1), x=[0.0, 1.0, 3.0], log_odds=[0.0, 2.0, 3.0], missing=-7.0)
    found = curve(np.array([-1.0, 0.0, 0.5, 1.0, 2.0, 3.0, 5.0, np.nan, np.inf]))
    assert found.tolist() == [-2.0, 0.0, 1.0, 2.0, 2.5, 3.0, 4.0, -7.0, -7.0]


def test_a_log_likelihood_ratio_gains_the_log_of_the_prior_odds():
    sample = Sample(np.zeros(4), np.array([True, False, False, False]), np.array([1.0, 1.0, 1.0, 2.0]))
    ratio = np.array([-30.0, 0.0, 2.5, 40.0])
    np.testing.assert_allclose(of_likelihood_ratio("x", sample, (0, 1), True)(ratio), ratio - np.log(4), rtol=1e-14)
    np.testing.assert_allclose(of_likelihood_ratio("x", sample, (0, 1), False)(ratio), -ratio - np.log(4), rtol=1e-14)


@pytest.mark.parametrize("sign", [1, -1])
def test_the_measured_probability_is_that_of_two_gaussians(sign):
    sample = gaussians(40_000)
    curve = measured("x", sample._replace(values=sign * sample.values), (0, 1), 50)
    at = np.linspace(-1.5, 1.5, 13)
    np.testing.assert_allclose(expit(curve(sign * at)), expit(2 * at), atol=0.03)


@pytest.mark.parametrize("sign", [1, -1])
def test_measured_scores_rank_the_jets_exactly_as_the_variable_does(sign):
    sample = gaussians(5_000, separation=0.2)
    values = sign * sample.values
    curve = measured("x", sample._replace(values=values), (0, 1), 50)
    score = expit(curve(values)).astype(np.float32)
    assert roc_auc_score(sample.second, score) == pytest.approx(roc_auc_score(sample.second, sample.values), abs=1e-5)
    assert direction(values, sample.second, sample.weight) == sign
    assert len(np.unique(score)) > 0.95 * len(score)


@given(st.lists(st.sampled_from([-1.0, 0.0, 1.0, 2.0, np.nan]), min_size=4, max_size=40), st.integers(0, 9))
def test_any_variable_gives_a_strictly_monotonic_curve(values, seed):
    second = np.random.default_rng(seed).permutation(np.arange(len(values)) % 2 == 0)
    curve = measured("x", Sample(np.array(values), second, np.ones(len(values))), (0, 1), 5)
    steps = np.diff(curve.log_odds)
    assert (steps > 0).all() or (steps < 0).all()
    assert np.isfinite(curve(np.array([-100.0, 0.5, 100.0, np.nan]))).all()


def test_negative_weights_leave_the_probabilities_finite():
    sample = gaussians(2_000)
    weight = np.where(np.arange(2_000) % 10 == 0, -1.0, 1.0)
    curve = measured("x", sample._replace(weight=weight), (0, 1), 50)
    np.testing.assert_allclose(expit(curve(np.array([-1.0, 0.0, 1.0]))), expit([-2, 0, 2]), atol=0.1)
