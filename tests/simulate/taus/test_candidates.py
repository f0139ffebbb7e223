import numpy as np
import pytest

from tagwerk.cards.tau_generator import CandidateSelection
from tagwerk.simulate.taus.candidates import Candidates, find_candidates, matched_tau, pt_density
from tagwerk.simulate.taus.cells import Cells
from tagwerk.simulate.taus.decays import Taus


def cells(*rows):
    """Cells: event, eta, phi, pt."""
    event, eta, phi, pt = (np.array(column, dtype=float) for column in zip(*rows, strict=True))
    return Cells(event.astype(np.int64), eta, phi, pt * np.cosh(eta), np.ones(len(eta), bool))


def test_the_momentum_is_that_of_the_core():
    table = cells((0, 0.05, 0.0, 30), (0, 0.15, 0.0, 10), (0, 0.4, 0.0, 5), (2, 1.0, 2.0, 50))
    found = find_candidates(table, 3, CandidateSelection())
    assert found.event.tolist() == [0, 2]
    assert found.pt == pytest.approx([40, 50], rel=0.01)
    assert found.eta == pytest.approx([0.075, 1.0], abs=0.01)


def test_the_window_is_that_of_the_card():
    table = cells((0, 0.0, 0.0, 19), (1, 2.6, 0.0, 50), (2, 0.0, 0.0, 600), (3, 0.0, 0.0, 21))
    assert find_candidates(table, 4, CandidateSelection()).event.tolist() == [3]


def test_a_uniform_density_is_found_and_subtracted():
    eta, phi = (axis.ravel() for axis in np.meshgrid(np.arange(-2.45, 2.5, 0.1), np.arange(-3.1, 3.14, 0.1)))
    rows = [(0, *direction, 0.05) for direction in zip(eta, phi, strict=True)]
    table = cells(*rows, (0, 0.0, 0.0, 50.0))
    assert pt_density(table, 1) == pytest.approx([5], rel=0.1)
    assert find_candidates(table, 1, CandidateSelection()).pt == pytest.approx([50], rel=0.02)


@pytest.mark.parametrize(("pt", "found"), [(0.29, 0), (0.31, 1)])
def test_towers_below_threshold_are_no_seed(pt, found):
    eta, phi = (axis.ravel() for axis in np.meshgrid(np.arange(-0.35, 0.4, 0.1), (np.arange(28, 36) - 31) * 0.0997))
    table = cells(*[(0, *direction, pt) for direction in zip(eta, phi, strict=True)])
    assert len(find_candidates(table, 1, CandidateSelection(pt=(1, 500))).pt) == found


def test_an_event_without_cells_has_no_density():
    assert pt_density(cells((1, 0.0, 0.0, 1.0)), 3).tolist() == [0, 0, 0]


def test_a_candidate_is_matched_to_the_nearest_tau_within_reach():
    one = np.ones(3)
    found = Candidates(np.array([0, 0, 1]), one, np.array([0.0, 1.0, 0.0]), 0 * one, one)
    none = np.zeros(3, np.int64)
    taus = Taus(np.array([0, 0, 2]), none, none, one, np.array([0.1, 0.05, 0.0]), 0 * one, one)
    assert matched_tau(found, taus, 0.2).tolist() == [1, -1, -1]
