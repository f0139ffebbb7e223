"""The calibration error agrees with scikit-learn, vanishes for calibrated scores, and has the right floor."""

import numpy as np
import pytest
from scipy.special import expit, logit
from sklearn.calibration import calibration_curve

from tagwerk.evaluation.calibration import calibration_error, measure_calibration, with_signal_share
from tagwerk.evaluation.compared_jets import ComparedJets


def calibrated(jets, seed, stretch=1.0):
    """Return jets that are signal with a probability, and stretched log-odds of it as the discriminant."""
    random = np.random.default_rng(seed)
    chance = random.beta(0.5, 0.5, jets)
    signal = random.random(jets) < chance
    odds = logit(np.clip(chance, 1e-6, 1 - 1e-6))
    return ComparedJets(signal, np.ones(jets), np.arange(jets)), expit(stretch * odds)


def test_by_hand():
    signal, predicted = np.array([0, 0, 1, 1], bool), np.array([0.1, 0.3, 0.6, 0.8])
    # Two bins: |0 - 0.2| and |1 - 0.7|, each with half of the jets.
    assert calibration_error(signal, predicted, np.ones(4), 2) == pytest.approx(0.25)
    # With weights 1, 1, 1, 3 the first bin holds three jets: |1/3 - 1/3| / 2 and |1 - 0.8| / 2.
    assert calibration_error(signal, predicted, np.array([1, 1, 1, 3.0]), 2) == pytest.approx(0.1)


def test_a_weight_of_two_is_two_jets():
    sample, predicted = calibrated(500, 1, 2.0)
    sample_twice = np.repeat(sample.signal, 2), np.repeat(predicted, 2), np.ones(1000)
    assert calibration_error(sample.signal, predicted, np.full(500, 2.0), 1) == pytest.approx(
        calibration_error(*sample_twice, 1)
    )


def test_the_curve_is_that_of_scikit_learn():
    sample, predicted = calibrated(3000, 2, 1.5)
    (found,) = measure_calibration(sample, {"a": predicted[None]}, {}, count=2)
    fraction, mean = calibration_curve(sample.signal, predicted, n_bins=15, strategy="quantile")
    assert found.curve.signal_fraction == pytest.approx(fraction)
    assert found.curve.predicted == pytest.approx(mean)
    assert found.error == pytest.approx(np.abs(fraction - mean) @ np.array(found.curve.jets) / 3000)
    assert (np.array(found.curve.low) <= fraction).all()
    assert (np.array(found.curve.high) >= fraction).all()


def test_the_error_of_calibrated_taggers_is_the_floor():
    errors, floors = [], []
    for seed in range(30):
        sample, predicted = calibrated(1000, seed)
        (found,) = measure_calibration(sample, {"a": predicted[None]}, {}, count=50)
        errors.append(found.error)
        floors.append((found.floor, found.floor_high))
    assert np.mean(errors) == pytest.approx(np.mean(floors, axis=0)[0], rel=0.08)
    assert 0.7 < np.mean(np.array(errors) < np.array(floors)[:, 1]) < 0.97


def test_the_floor_agrees_with_its_normal_approximation():
    sample, predicted = calibrated(20_000, 3)
    (found,) = measure_calibration(sample, {"a": predicted[None]}, {})
    bins = np.searchsorted(found.curve.edges[1:-1], predicted)
    sigma = np.sqrt(np.bincount(bins, predicted * (1 - predicted)))
    assert found.floor == pytest.approx(sigma.sum() * np.sqrt(2 / np.pi) / 20_000, rel=0.05)


def test_overconfident_scores_are_far_above_the_floor_and_their_uncertainty_is_that_of_repetitions():
    found = [measure_calibration(*_one(calibrated(2000, seed, 2.5)), {}, count=100)[0] for seed in range(30, 130)]
    assert min(each.error for each in found) > 3 * max(each.floor_high for each in found)
    spread = np.std([each.error for each in found], ddof=1)
    assert np.mean([each.uncertainty for each in found]) == pytest.approx(spread, rel=0.2)


def test_class_weights_are_undone():
    """A tagger trained with signal weighted five times is calibrated in a sample in which signal counts as much."""
    sample, predicted = calibrated(20_000, 4)
    shifted = expit(logit(np.clip(predicted, 1e-9, 1 - 1e-9)) + np.log(5))
    plain, weighted = (measure_calibration(sample, {"a": shifted[None]}, weights)[0] for weights in ({}, {"a": 5.0}))
    assert weighted.error < 1.2 * weighted.floor_high < plain.error / 5
    share = sample.signal.mean()
    assert weighted.signal_share == pytest.approx(5 * share / (1 + 4 * share))


def test_a_signal_share_is_reached():
    sample = ComparedJets(np.array([True, False, False]), np.array([2.0, 3, 5]), np.arange(3))
    scaled = with_signal_share(sample, 0.5)
    assert scaled.weight.tolist() == pytest.approx([8, 3, 5])
    assert with_signal_share(sample, None) is sample


def test_seeds_are_averaged():
    sample, predicted = calibrated(1000, 5)
    both = np.stack([predicted, np.sqrt(predicted)])
    (found,) = measure_calibration(sample, {"a": both}, {}, count=5)
    alone = [measure_calibration(sample, {"a": row[None]}, {}, count=5)[0].error for row in both]
    assert found.error == pytest.approx(np.mean(alone))
    assert found.spread == pytest.approx(np.std(alone, ddof=1))


def test_all_scores_equal_have_one_bin():
    signal = np.arange(60) % 3 == 0
    sample = ComparedJets(signal, np.ones(60), np.arange(60))
    (found,) = measure_calibration(sample, {"a": np.full((1, 60), 0.5)}, {}, count=20)
    assert found.error == pytest.approx(1 / 6)
    assert found.curve.signal_fraction == pytest.approx([1 / 3])


def test_negative_weights_give_finite_numbers():
    sample, predicted = calibrated(1000, 6)
    weight = np.where(np.arange(1000) % 5 == 0, -1.0, 1.0)
    jets = ComparedJets(sample.signal, weight, np.arange(1000))
    (found,) = measure_calibration(jets, {"a": predicted[None]}, {}, count=50)
    assert found.error < 3 * found.floor


def _one(sample_and_scores):
    sample, predicted = sample_and_scores
    return sample, {"a": predicted[None]}
