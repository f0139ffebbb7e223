import numpy as np
import pytest

from tagwerk.simulate.constituents import CHARGED_HADRON, ELECTRON, MUON
from tagwerk.simulate.tracking import efficiency, leaves_track, pt_resolution, tracker_resolution, tracks
from tagwerk.simulate.visible_particles import Particles


def identical_particles(count, pdg, pt, eta):
    column = np.ones(count)
    return Particles(
        event=np.arange(count),
        id=np.full(count, pdg),
        charge=column if pdg not in (22, 130) else 0 * column,
        pt=pt * column,
        eta=eta * column,
        phi=0 * column,
        energy=pt * np.cosh(eta) * column,
        x=0 * column,
        y=0.1 * column,
        z=3 * column,
        ancestor=np.full(count, -1),
    )


@pytest.mark.parametrize(
    ("kind", "pt", "eta", "probability"),
    [
        (CHARGED_HADRON, 0.1, 0.0, 0.0),
        (CHARGED_HADRON, 1.0, 1.5, 0.70),
        (CHARGED_HADRON, 1.1, -1.5, 0.95),
        (CHARGED_HADRON, 50.0, 2.5, 0.85),
        (CHARGED_HADRON, 50.0, -2.6, 0.0),
        (ELECTRON, 100.0, 0.0, 0.95),
        (ELECTRON, 101.0, 2.0, 0.90),
        (MUON, 0.5, 2.0, 0.70),
        (MUON, 200.0, 0.0, 0.99),
    ],
)
def test_efficiency_is_the_table_of_the_card(kind, pt, eta, probability):
    assert efficiency(np.array([kind]), np.array([pt]), np.array([eta])) == probability


@pytest.mark.parametrize(
    ("pdg", "pt", "eta", "probability"), [(211, 0.5, 0.3, 0.70), (-11, 5.0, 2.0, 0.83), (13, 5.0, 1.0, 0.99)]
)
def test_the_share_of_tracks_is_the_efficiency(pdg, pt, eta, probability, rng):
    count = 20_000
    share = leaves_track(identical_particles(count, pdg, pt, eta), rng).mean()
    assert share == pytest.approx(probability, abs=5 * np.sqrt(probability * (1 - probability) / count))


def test_neutral_particles_leave_no_track(rng):
    assert not leaves_track(identical_particles(100, 22, 50.0, 0.0), rng).any()


@pytest.mark.parametrize(
    ("kind", "pt", "eta", "sigma"),
    [
        (CHARGED_HADRON, 100.0, 0.5, np.hypot(0.06, 0.13)),
        (CHARGED_HADRON, 100.0, 1.0, np.hypot(0.10, 0.17)),
        (ELECTRON, 10.0, -2.0, np.hypot(0.15, 0.031)),
        (MUON, 100.0, 0.2, np.hypot(0.01, 0.01)),
        (CHARGED_HADRON, 1000.0, 2.0, 1.0),
    ],
)
def test_tracker_resolution_is_the_formula_of_the_card(kind, pt, eta, sigma):
    assert tracker_resolution(np.array([kind]), np.array([pt]), np.array([eta])) == pytest.approx(sigma)


def test_tracker_and_calorimeter_are_combined_by_inverse_variance():
    kind, pt, eta = np.array([CHARGED_HADRON, ELECTRON, MUON]), np.full(3, 100.0), np.zeros(3)
    tracker = np.array([np.hypot(0.06, 0.13), np.hypot(0.03, 0.13), np.hypot(0.01, 0.01)])
    hcal = np.sqrt(3.02**2 + 5.205**2 + 1.59**2) / 100
    ecal = np.sqrt(0.17**2 + 1.01**2) / 100
    combined = 1 / np.sqrt(1 / tracker**2 + np.array([1 / hcal, 1 / ecal, 0]) ** 2)
    assert pt_resolution(kind, pt, eta) == pytest.approx(combined)


@pytest.mark.parametrize(("pdg", "pt", "eta"), [(211, 20.0, 0.2), (11, 20.0, 1.0), (13, 20.0, 2.0)])
def test_measured_momenta_have_the_resolution_of_the_formula(pdg, pt, eta, rng):
    count = 20_000
    measured = tracks(identical_particles(count, pdg, pt, eta), rng)
    sigma = pt * pt_resolution(measured.kind[:1], np.array([pt]), np.array([eta]))[0]
    assert measured.pt.mean() == pytest.approx(pt, abs=5 * sigma / np.sqrt(count))
    assert measured.pt.std() == pytest.approx(sigma, rel=8 / np.sqrt(2 * count))


def test_hadrons_have_the_mass_of_the_pion(rng):
    proton = tracks(identical_particles(5, 2212, 1.0, 0.0), rng)
    assert np.sqrt(proton.energy**2 - proton.pt**2) == pytest.approx(0.13957)


def test_impact_parameters_are_those_of_a_straight_line(rng):
    track = tracks(identical_particles(1, 211, 1.0, 0.0), rng)
    assert (track.d0[0], track.z0[0]) == pytest.approx((0.1, 3.0))
