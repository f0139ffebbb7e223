"""Showers: the deposits that particles leave in the two calorimeters, spread around their direction."""

from typing import NamedTuple

import numpy as np

from tagwerk.arrays import Floats64, Ints
from tagwerk.jets.kinematics import wrap_phi
from tagwerk.simulate.rows import concatenate_tables, take_rows
from tagwerk.simulate.visible_particles import Particles

_ELECTROMAGNETIC, _INVISIBLE = (11, 22, 111), (12, 13, 14, 16)
# ASSUME: a hadron leaves a share of its energy in the electromagnetic calorimeter that follows a Beta law of mean 1/3.
_HADRON_SHARE = (1.0, 2.0)
# ASSUME: a shower is four equal deposits with a Gaussian profile of this width (radians), which stands for the Molière
# radius and the nuclear interaction length; below 1 GeV it is one.
_SPOTS, _SOFT = 4, 1.0
_ELECTROMAGNETIC_WIDTH, _HADRON_ECAL_WIDTH, _HADRON_HCAL_WIDTH = 0.012, 0.025, 0.05


class Deposits(NamedTuple):
    """Deposits of energy, one per row."""

    event: Ints
    eta: Floats64
    phi: Floats64
    energy: Floats64  # GeV


def deposits(particles: Particles, rng: np.random.Generator) -> tuple[Deposits, Deposits]:
    """Return the deposits of particles in the electromagnetic and in the hadronic calorimeter."""
    code = np.abs(particles.id)
    electromagnetic = np.isin(code, _ELECTROMAGNETIC)
    hadrons = take_rows(particles, ~electromagnetic & ~np.isin(code, _INVISIBLE))
    share = rng.beta(*_HADRON_SHARE, len(hadrons.pt))
    photons = take_rows(particles, electromagnetic)
    in_ecal = [
        _spread(photons, photons.energy, _ELECTROMAGNETIC_WIDTH, rng),
        _spread(hadrons, hadrons.energy * share, _HADRON_ECAL_WIDTH, rng),
    ]
    return concatenate_tables(in_ecal), _spread(hadrons, hadrons.energy * (1 - share), _HADRON_HCAL_WIDTH, rng)


def _spread(particles: Particles, energy: Floats64, width: float, rng: np.random.Generator) -> Deposits:
    """Return the deposits of showers of this energy and lateral width."""
    spots = np.where(particles.pt > _SOFT, _SPOTS, 1)
    eta, phi = np.repeat(particles.eta, spots), np.repeat(particles.phi, spots)
    shift_eta, shift_phi = rng.normal(0, width, (2, len(eta)))
    return Deposits(
        np.repeat(particles.event, spots), eta + shift_eta, wrap_phi(phi + shift_phi), np.repeat(energy / spots, spots)
    )
