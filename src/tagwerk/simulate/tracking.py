"""The tracker: which charged particles become tracks, and how well their momentum is known.

All numbers are those of the ATLAS card of Delphes (delphes/delphes, cards/delphes_card_ATLAS.tcl).
"""

import numpy as np

from tagwerk.arrays import Bools, Floats64, Ints
from tagwerk.simulate.calorimeter import ECAL, HCAL
from tagwerk.simulate.calorimeter import resolution as calorimeter_resolution
from tagwerk.simulate.constituents import CHARGED_HADRON, ELECTRON, MUON, Constituents, impact, kind
from tagwerk.simulate.smearing import fluctuate
from tagwerk.simulate.visible_particles import Particles

# The first axis of every table: charged hadron, electron, muon.
# ASSUME: every hadron's track is given the mass of the charged pion: the tracker does not tell hadrons apart.
_MASS = np.array([0.13957, 0.000511, 0.10566])  # GeV

_EFFICIENCY_ETA, _EFFICIENCY_PT = (1.5, 2.5), (0.1, 1.0, 100.0)  # upper edges, which belong to the bin below
_EFFICIENCY = np.array(
    [
        [[0, 0.70, 0.95, 0.95], [0, 0.60, 0.85, 0.85], [0, 0, 0, 0]],
        [[0, 0.73, 0.95, 0.99], [0, 0.50, 0.83, 0.90], [0, 0, 0, 0]],
        [[0, 0.75, 0.99, 0.99], [0, 0.70, 0.98, 0.98], [0, 0, 0, 0]],
    ]
)

_RESOLUTION_ETA = (0.5, 1.5)
_CONSTANT = np.array([[0.06, 0.10, 0.25], [0.03, 0.05, 0.15], [0.010, 0.015, 0.025]])
_SLOPE = np.array([[1.3e-3, 1.7e-3, 3.1e-3], [1.3e-3, 1.7e-3, 3.1e-3], [1.0e-4, 1.5e-4, 3.5e-4]])  # per GeV


def efficiency(seen_as: Ints, pt: Floats64, eta: Floats64) -> Floats64:
    """Return the probability that a charged particle of a kind (2, 3 or 4) leaves a track."""
    region = np.searchsorted(_EFFICIENCY_ETA, np.abs(eta))
    step = np.searchsorted(_EFFICIENCY_PT, pt)
    chance: Floats64 = _EFFICIENCY[seen_as - CHARGED_HADRON, region, step]
    return chance


def tracker_resolution(seen_as: Ints, pt: Floats64, eta: Floats64) -> Floats64:
    """Return sigma(pt) / pt of the tracker alone for kinds 2, 3 and 4 within |eta| < 2.5; at most 1, as in Delphes."""
    row, region = seen_as - CHARGED_HADRON, np.searchsorted(_RESOLUTION_ETA, np.abs(eta))
    formula: Floats64 = np.hypot(_CONSTANT[row, region], _SLOPE[row, region] * pt)
    return np.minimum(formula, 1.0)


def resolution(seen_as: Ints, pt: Floats64, eta: Floats64) -> Floats64:
    """Return sigma(pt) / pt of kinds 2, 3 and 4: tracker and calorimeter, weighted by their inverse variances.

    Delphes's SimpleCalorimeter combines the two in this way, tower by tower; without it, hard tracks, which the tracker
    alone measures to 50 % and worse, would spoil the jets.
    """
    # ASSUME: track and calorimeter are combined particle by particle, as if no two shared a cell.
    energy = pt * np.cosh(eta)
    hadronic, electromagnetic = (calorimeter_resolution(layer, energy, eta) / energy for layer in (HCAL, ECAL))
    calorimeter = np.select([seen_as == ELECTRON, seen_as == MUON], [electromagnetic, np.inf], hadronic)
    tracker = tracker_resolution(seen_as, pt, eta)
    better: Floats64 = 1 / np.sqrt(np.power(tracker, -2) + np.power(calorimeter, -2))
    return better


def found(particles: Particles, rng: np.random.Generator) -> Bools:
    """Return which particles leave a track; neutral ones never do."""
    seen_as = kind(particles)
    charged = np.flatnonzero(seen_as >= CHARGED_HADRON)
    chance = efficiency(seen_as[charged], particles.pt[charged], particles.eta[charged])
    mask = np.zeros(len(seen_as), dtype=bool)
    mask[charged] = rng.random(len(charged)) < chance
    return mask


def tracks(particles: Particles, rng: np.random.Generator) -> Constituents:
    """Return the tracks of charged particles, with smeared momentum and true direction."""
    seen_as = kind(particles)
    pt = fluctuate(particles.pt, particles.pt * resolution(seen_as, particles.pt, particles.eta), rng)
    energy = np.hypot(pt * np.cosh(particles.eta), _MASS[seen_as - CHARGED_HADRON])
    # ASSUME: the impact parameters are the true ones: Delphes's card gives no resolution for them.
    d0, z0 = impact(particles)
    return Constituents(
        particles.event, pt, particles.eta, particles.phi, energy, particles.charge, seen_as, d0, z0, particles.top
    )
