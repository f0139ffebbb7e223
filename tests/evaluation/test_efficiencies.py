"""Efficiencies in bins, with intervals for weights and for several jets per event."""

import numpy as np
import pytest

from tagwerk.evaluation.efficiencies import BinnedJets, efficiency
from tagwerk.evaluation.intervals import efficiency_interval


def test_unit_weights_give_the_binomial_interval():
    passing = np.arange(100) < 20
    found = efficiency(passing, np.ones(100), np.arange(100))
    low, high = efficiency_interval(np.array([0.2]), np.array([0.2 * 0.8 / 100]), 100)
    assert (found.value, found.jets) == (0.2, 100)
    assert (found.low, found.high) == pytest.approx((low[0], high[0]))


def test_bins_by_hand():
    bins = np.array([0, 0, 1, 1, 1])
    jets = BinnedJets(np.array([1, 3, 1, 1, 2.0]), np.arange(5), bins, 3)
    found = jets.efficiencies(np.array([True, False, True, True, False]))
    assert found.value[:2].tolist() == [0.25, 0.5]
    assert found.jets.tolist() == pytest.approx([16 / 10, 16 / 6, 0])
    assert found.results()[2] is None


def test_jets_of_one_event_that_agree_count_once():
    passing, event = np.repeat(np.arange(50) < 10, 2), np.repeat(np.arange(50), 2)
    together = efficiency(passing, np.ones(100), event)
    alone = efficiency(passing[::2], np.ones(50), np.arange(50))
    assert (together.low, together.high) == pytest.approx((alone.low, alone.high))


def test_none_passing_leaves_an_upper_limit_only():
    found = efficiency(np.zeros(20, bool), np.ones(20), np.arange(20))
    assert (found.value, found.low) == (0, 0)
    assert found.high == pytest.approx(1 - (1 - 0.84134) ** (1 / 20), rel=1e-4)


def test_weights_that_sum_to_zero_or_less_give_none():
    assert efficiency(np.array([True, False]), np.array([1.0, -1.0]), np.arange(2)) is None
    assert efficiency(np.zeros(0, bool), np.zeros(0), np.zeros(0, np.int64)) is None


def test_intervals_cover():
    """Central 68 % intervals cover 68 % of weighted experiments."""
    random = np.random.default_rng(2)
    covered = []
    for _ in range(800):
        weight = random.uniform(0.5, 1.5, 400)
        found = efficiency(random.random(400) < 0.1, weight, np.arange(400))
        covered.append(found.low <= 0.1 <= found.high)
    assert 0.64 < np.mean(covered) < 0.73
