"""The tracker: which charged particles leave tracks, and their momentum resolution.

All numbers are those of the ATLAS card of Delphes (delphes/delphes, cards/delphes_card_ATLAS.tcl).
"""

import numpy as np

from tagwerk.arrays import Bools, Floats64, Ints
from tagwerk.simulate.calorimeter import ECAL, HCAL, energy_resolution
from tagwerk.simulate.constituents import CHARGED_HADRON, ELECTRON, MUON, Constituents, impact, kind
from tagwerk.simulate.smearing import fluctuate
from tagwerk.simulate.visible_particles import Particles

# The first axis of every table: charged hadron, electron, muon.
# ASSUME: every hadron's track has the mass of the charged pion: the tracker does not distinguish hadrons.
_MASS = np.array([0.13957, 0.000511, 0.10566])  # GeV

_EFFICIENCY_ETA, _EFFICIENCY_PT = (1.5, 2.5), (0.1, 1.0, 100.0)  # upper edges, inclusive
_EFFICIENCY = np.array(
    [
        [[0, 0.70, 0.95, 0.95], [0, 0.60, 0.85, 0.85], [0, 0, 0, 0]],
        [[0, 0.73, 0.95, 0.99], [0, 0.50, 0.83, 0.90], [0, 0, 0, 0]],
        [[0, 0.75, 0.99, 0.99], [0, 0.70, 0.98, 0.98], [0, 0, 0, 0]],
    ]
)

_RESOLUTION_ETA = (0.5, 1.5)
_CONSTANT = np.array([[0.06, 0.10, 0.25], [0.03, 0.05, 0.15], [0.010, 0.015, 0.025]])
_LINEAR = np.array([[1.3e-3, 1.7e-3, 3.1e-3], [1.3e-3, 1.7e-3, 3.1e-3], [1.0e-4, 1.5e-4, 3.5e-4]])  # per GeV


def efficiency(kinds: Ints, pt: Floats64, eta: Floats64) -> Floats64:
    """Return the probability that a charged particle of kind 2, 3 or 4 leaves a track."""
    eta_bin = np.searchsorted(_EFFICIENCY_ETA, np.abs(eta))
    pt_bin = np.searchsorted(_EFFICIENCY_PT, pt)
    probability: Floats64 = _EFFICIENCY[kinds - CHARGED_HADRON, eta_bin, pt_bin]
    return probability


def tracker_resolution(kinds: Ints, pt: Floats64, eta: Floats64) -> Floats64:
    """Return sigma(pt) / pt of the tracker alone for kinds 2, 3 and 4 within |eta| < 2.5; at most 1, as in Delphes."""
    row, region = kinds - CHARGED_HADRON, np.searchsorted(_RESOLUTION_ETA, np.abs(eta))
    formula: Floats64 = np.hypot(_CONSTANT[row, region], _LINEAR[row, region] * pt)
    return np.minimum(formula, 1.0)


def pt_resolution(kinds: Ints, pt: Floats64, eta: Floats64) -> Floats64:
    """Return sigma(pt) / pt of kinds 2, 3 and 4: tracker and calorimeter, weighted by their inverse variances.

    Delphes's SimpleCalorimeter combines the two in this way, tower by tower; without it, tracks of high pt, which the
    tracker alone measures to 50 % and worse, would spoil the jets.
    """
    # ASSUME: track and calorimeter are combined particle by particle, as if no two shared a cell.
    energy = pt * np.cosh(eta)
    hadronic, electromagnetic = (energy_resolution(layer, energy, eta) / energy for layer in (HCAL, ECAL))
    calorimeter = np.select([kinds == ELECTRON, kinds == MUON], [electromagnetic, np.inf], hadronic)
    tracker = tracker_resolution(kinds, pt, eta)
    combined: Floats64 = 1 / np.sqrt(np.power(tracker, -2) + np.power(calorimeter, -2))
    return combined


def leaves_track(particles: Particles, rng: np.random.Generator) -> Bools:
    """Return which particles leave a track; neutral ones never do."""
    kinds = kind(particles)
    charged = np.flatnonzero(kinds >= CHARGED_HADRON)
    probability = efficiency(kinds[charged], particles.pt[charged], particles.eta[charged])
    mask = np.zeros(len(kinds), dtype=bool)
    mask[charged] = rng.random(len(charged)) < probability
    return mask


def tracks(particles: Particles, rng: np.random.Generator) -> Constituents:
    """Return the tracks of charged particles, with smeared momentum and true direction."""
    kinds = kind(particles)
    pt = fluctuate(particles.pt, particles.pt * pt_resolution(kinds, particles.pt, particles.eta), rng)
    energy = np.hypot(pt * np.cosh(particles.eta), _MASS[kinds - CHARGED_HADRON])
    # ASSUME: the impact parameters are the true ones: Delphes's card has no resolution for them.
    d0, z0 = impact(particles)
    return Constituents(
        particles.event, pt, particles.eta, particles.phi, energy, particles.charge, kinds, d0, z0, particles.ancestor
    )
