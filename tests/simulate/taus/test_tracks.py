import numpy as np
import pytest

from tagwerk.simulate.taus.tracks import impact_errors, measured_tracks
from tagwerk.simulate.visible_particles import NONE, Particles


def pions(count, pt=20.0, eta=0.3, x=0.0, y=0.0, z=0.0, phi=0.0, charge=1.0):
    column = np.ones(count)
    return Particles(
        event=np.arange(count),
        id=np.full(count, 211),
        charge=charge * column,
        pt=pt * column,
        eta=eta * column,
        phi=phi * column,
        energy=pt * np.cosh(eta) * column,
        x=x * column,
        y=y * column,
        z=z * column,
        ancestor=np.full(count, NONE),
    )


def test_errors_are_the_published_ones():
    d0, z0 = impact_errors(np.array([14.0, 1e9, 20.0]), np.array([0.0, 0.0, 2.0]))
    assert d0 == pytest.approx([0.01 * np.sqrt(2), 0.010, 0.012 * np.sqrt(2)])
    assert z0[1] == pytest.approx(0.091)


def test_impact_parameters_scatter_about_the_true_ones_by_their_errors(rng):
    tracks = measured_tracks(pions(20_000, x=0.0, y=0.3, z=12.0), np.full(20_000, 11.0), rng)
    pull = (tracks.d0 - 0.3) / tracks.d0_error
    assert (pull.mean(), pull.std()) == pytest.approx((0, 1), abs=0.04)
    pull = (tracks.z0_sin_theta - 1 / np.cosh(0.3)) / np.hypot(tracks.z0_sin_theta_error, 0.03 / np.cosh(0.3))
    assert (pull.mean(), pull.std()) == pytest.approx((0, 1), abs=0.04)


def test_a_soft_track_scatters_more(rng):
    soft, hard = (measured_tracks(pions(5000, pt=pt), np.zeros(5000), rng).d0.std() for pt in (1.0, 100.0))
    assert soft > 5 * hard


def test_neutral_particles_and_those_outside_the_tracker_leave_no_track(rng):
    for particles in (pions(100, charge=0.0), pions(100, eta=2.7)):
        assert len(measured_tracks(particles, np.zeros(100), rng).pt) == 0


@pytest.fixture
def rng():
    return np.random.default_rng(4)
