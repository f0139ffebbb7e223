"""Two trials are compared on the same jets."""

import numpy as np
import pytest

from tagwerk.tuning.losses import TrialLosses, mean_difference

LENGTHS = [3, 4]


def test_the_error_of_a_difference_comes_from_its_own_spread():
    """Differences 1 and 3: mean 2, standard deviation 1, divided by the root of two jets."""
    assert mean_difference(np.ones(2), np.array([1.0, 3.0])) == pytest.approx((2, 1 / np.sqrt(2)))


def test_a_jet_of_weight_zero_does_not_count():
    assert mean_difference(np.array([2.0, 2, 0]), np.array([1.0, 3, 100])) == pytest.approx((2, 1 / np.sqrt(2)))


def test_the_error_is_the_spread_over_many_samples():
    random = np.random.default_rng(1)
    weights = random.uniform(0, 2, (2000, 500))
    differences = [mean_difference(of_sample, random.normal(0.1, 1, 500)) for of_sample in weights]
    means, errors = np.transpose(differences)
    assert means.mean() == pytest.approx(0.1, abs=0.004)
    assert errors.mean() == pytest.approx(means.std(), rel=0.05)


def test_common_fluctuations_of_two_trials_cancel(tmp_path):
    losses = TrialLosses(tmp_path / "losses")
    losses.save(0, np.array([[1, 1], [0.5, 9.5], LENGTHS]))
    losses.save(1, np.array([[1, 1], [0.25, 9.25], LENGTHS]))
    assert losses.difference(0, 1) == pytest.approx((0.25, 0))
    assert losses.difference(1, 1) == (0, 0)


def test_jets_in_another_order_are_not_compared(tmp_path):
    losses = TrialLosses(tmp_path)
    losses.save(0, np.array([[1, 1], [0.5, 9.5], LENGTHS]))
    losses.save(1, np.array([[1, 1], [9.5, 0.5], LENGTHS[::-1]]))
    assert np.isnan(losses.difference(0, 1)).all()


@pytest.mark.parametrize("content", [None, b"", b"\x93NUMPY"])
def test_missing_or_damaged_losses_give_nan(tmp_path, content):
    losses = TrialLosses(tmp_path)
    losses.save(0, np.ones((3, 2)))
    if content is not None:
        (tmp_path / "1.npy").write_bytes(content)
    assert np.isnan(losses.difference(0, 1)).all()
    assert np.isnan(losses.difference(1, 0)).all()
