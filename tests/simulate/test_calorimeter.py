import numpy as np
import pytest

from tagwerk.simulate.calorimeter import ECAL, HCAL, cell_bins, cells, deposits, energy_resolution, majority_ancestor
from tagwerk.simulate.visible_particles import Particles

DEGREE = np.pi / 180


def particles(*rows):
    """Particles from rows of (event, id, energy, eta, phi, top)."""
    event, pdg, energy, eta, phi, top = (np.array(column) for column in zip(*rows, strict=True))
    zero = np.zeros(len(event))
    energy = energy.astype(float)
    return Particles(event, pdg, zero, energy / np.cosh(eta), eta, phi, energy, zero, zero, zero, top)


@pytest.mark.parametrize(
    ("calorimeter", "energy", "eta", "sigma"),
    [
        (ECAL, 100.0, 0.0, np.sqrt(0.17**2 + 1.01**2)),
        (ECAL, 100.0, -4.0, np.sqrt(3.5**2 + 2.85**2)),
        (HCAL, 100.0, 1.7, np.sqrt(3.02**2 + 5.205**2 + 1.59**2)),
        (HCAL, 100.0, 1.8, np.sqrt(5.0**2 + 7.06**2)),
        (HCAL, 100.0, -3.3, np.sqrt(9.42**2 + 10.0**2)),
    ],
)
def test_resolution_is_the_formula_of_the_card(calorimeter, energy, eta, sigma):
    assert energy_resolution(calorimeter, np.array([energy]), np.array([eta])) == pytest.approx(sigma)


def test_grids_have_the_cells_of_the_card():
    assert (len(ECAL.phi_cells), len(HCAL.phi_cells)) == (340 + 22, 50 + 24)
    assert (ECAL.eta_edges[[0, -1]].tolist(), HCAL.eta_edges[[0, -1]].tolist()) == ([-5.0, 5.0], [-4.9, 4.9])
    eta_bin, phi_bin = cell_bins(ECAL, np.array([0.001, 0.0175, 3.0]), np.array([-np.pi, 0.5 * DEGREE, 5 * DEGREE]))
    assert ECAL.eta_edges[eta_bin] == pytest.approx([0, 0.0174, 2.958])
    assert phi_bin.tolist() == [0, 180, 18]


def test_the_edge_at_pi_belongs_to_the_last_cell():
    assert cell_bins(HCAL, np.zeros(1), np.array([np.pi]))[1].tolist() == [35]


def test_each_species_deposits_its_energy_as_in_the_card():
    species = particles(*((0, pdg, 10.0, 0.0, 0.0, -1) for pdg in (22, -11, 310, 3122, 130, 211, 13, -14)))
    assert deposits(ECAL, species).tolist() == [10, 10, 3, 3, 0, 0, 0, 0]
    assert deposits(HCAL, species) == pytest.approx([0, 0, 7, 7, 10, 10, 0, 0])


def test_energy_is_summed_per_event_and_cell(rng):
    photons = particles(
        (0, 22, 400.0, 0.001, 0.001, 0),
        (0, 22, 600.0, 0.016, 0.016, 1),
        (0, 22, 500.0, 0.018, 0.001, -1),
        (1, 22, 300.0, 0.001, 0.001, 0),
    )
    measured = cells(ECAL, photons, rng)
    assert measured.event.tolist() == [0, 0, 1]
    assert measured.energy == pytest.approx([1000, 500, 300], rel=0.05)
    assert measured.ancestor.tolist() == [1, -1, 0]
    eta, phi = measured.eta[[0, 2]], measured.phi[[0, 2]]
    assert np.all((eta > 0) & (eta < 0.0174) & (phi > 0) & (phi < DEGREE))
    assert measured.pt == pytest.approx(measured.energy / np.cosh(measured.eta))


def test_a_cell_belongs_to_the_top_with_more_than_half_of_its_energy():
    cell, energy, top = np.array([0, 0, 1, 1, 2, 2]), np.array([2.0, 1, 1, 1, 1, 3]), np.array([0, -1, 0, 1, 0, 1])
    assert majority_ancestor(cell, energy, top, np.bincount(cell, energy)).tolist() == [0, -1, 1]
    assert majority_ancestor(cell, energy, np.full(6, -1), np.bincount(cell, energy)).tolist() == [-1, -1, -1]


def test_measured_energies_have_the_resolution_of_the_formula(rng):
    count, energy = 20_000, 50.0
    photons = particles(*((event, 22, energy, 0.005, 0.005, -1) for event in range(count)))
    measured = cells(ECAL, photons, rng).energy
    sigma = np.sqrt((0.0017 * energy) ** 2 + 0.101**2 * energy)
    assert measured.mean() == pytest.approx(energy, abs=5 * sigma / np.sqrt(count))
    assert measured.std() == pytest.approx(sigma, rel=5 / np.sqrt(2 * count))


def test_cells_below_the_noise_threshold_are_dropped(rng):
    soft = particles(*((event, 130, 1.5, 0.05, 0.05, -1) for event in range(5000)))
    measured = cells(HCAL, soft, rng)
    assert len(measured.event) < 1000
    assert np.all(measured.energy > 2 * 1.59)


def test_without_deposits_there_are_no_cells(rng):
    assert len(cells(ECAL, particles((0, 130, 10.0, 0.0, 0.0, -1)), rng).event) == 0
