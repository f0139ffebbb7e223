"""The calorimeters: energy summed in cells, smeared, and kept if above the noise.

All numbers are those of the ATLAS card of Delphes (delphes/delphes, cards/delphes_card_ATLAS.tcl).
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from tagwerk.arrays import Bools, Floats64, Ints
from tagwerk.simulate.constituents import ECAL_CELL, HCAL_CELL, Constituents
from tagwerk.simulate.rows import take_rows
from tagwerk.simulate.smearing import fluctuate
from tagwerk.simulate.visible_particles import Particles

_ALL_IN_ECAL, _THIRD_IN_ECAL, _NO_DEPOSIT = (11, 22, 111), (310, 3122), (12, 13, 14, 16)
_MIN_SIGNIFICANCE = 2.0  # energy of a cell in units of its resolution


@dataclass(frozen=True)
class Calorimeter:
    """A calorimeter's grid of cells and resolution."""

    kind: int
    eta_edges: Floats64  # symmetric, ascending
    phi_cells: Ints  # number of cells in phi, per eta bin
    resolution_eta: tuple[float, ...]  # upper |eta| edges of all regions but the last
    resolution: Floats64  # (regions, 3): constant, stochastic (GeV^1/2), noise (GeV)
    min_energy: float  # GeV


class HitCells(NamedTuple):
    """Cells with a deposit, one per row."""

    event: Ints
    eta_bin: Ints
    phi_bin: Ints
    energy: Floats64  # deposited, GeV


def _symmetric(edges: Floats64) -> Floats64:
    return np.concatenate([-edges[::-1], edges[edges > 0]])


def _phi_cells(eta_edges: Floats64, max_fine_eta: float, fine: int, coarse: int) -> Ints:
    outer = np.maximum(np.abs(eta_edges[:-1]), np.abs(eta_edges[1:]))
    return np.where(outer < max_fine_eta + 1e-6, fine, coarse)


def _ecal() -> Calorimeter:
    outer = [3.125, 3.3, 3.475, 3.65, 3.825, 4.0, 4.175, 4.35, 4.525, 4.7, 5.0]
    edges = _symmetric(np.concatenate([np.arange(171) * 0.0174, outer]))
    resolution = np.array([[0.0017, 0.101, 0.0], [0.035, 0.285, 0.0]])
    return Calorimeter(ECAL_CELL, edges, _phi_cells(edges, 2.958, 360, 36), (3.2,), resolution, 0.5)


def _hcal() -> Calorimeter:
    # ASSUME: Delphes's card has slightly different edges beyond 2.5 on the two sides; here they are symmetric.
    outer = [2.6, 2.8, 3.0, 3.2, 3.5, 3.7, 3.9, 4.1, 4.3, 4.5, 4.7, 4.9]
    edges = _symmetric(np.concatenate([np.arange(26) * 0.1, outer]))
    resolution = np.array([[0.0302, 0.5205, 1.59], [0.05, 0.706, 0.0], [0.0942, 1.0, 0.0]])
    return Calorimeter(HCAL_CELL, edges, _phi_cells(edges, 2.5, 36, 18), (1.7, 3.2), resolution, 1.0)


ECAL, HCAL = _ecal(), _hcal()


def energy_resolution(calorimeter: Calorimeter, energy: Floats64, eta: Floats64) -> Floats64:
    """Return sigma(E) of cells with this energy, in GeV."""
    region = np.searchsorted(calorimeter.resolution_eta, np.abs(eta))
    constant, stochastic, noise = calorimeter.resolution[region].T
    variance: Floats64 = np.square(constant * energy) + np.square(stochastic) * energy + np.square(noise)
    return np.sqrt(variance)


def deposits(calorimeter: Calorimeter, particles: Particles) -> Floats64:
    """Return the energy that each particle deposits in a calorimeter, in GeV."""
    code = np.abs(particles.id)
    in_ecal = np.select([np.isin(code, _ALL_IN_ECAL), np.isin(code, _THIRD_IN_ECAL)], [1.0, 0.3], 0.0)
    share = in_ecal if calorimeter.kind == ECAL_CELL else np.where(np.isin(code, _NO_DEPOSIT), 0.0, 1.0 - in_ecal)
    return share * particles.energy


def cells(calorimeter: Calorimeter, particles: Particles, rng: np.random.Generator) -> Constituents:
    """Return the cells above threshold, massless, at random positions within the cell, in ascending order of event."""
    energy = deposits(calorimeter, particles)
    deposited = energy > 0
    particles, energy = take_rows(particles, deposited), energy[deposited]
    hit, cell = hit_cells(calorimeter, particles.event, particles.eta, particles.phi, energy)
    ancestor = majority_ancestor(cell, energy, particles.ancestor, hit.energy)
    measured, kept = measure(calorimeter, hit, rng)
    eta, phi = _random_positions(calorimeter, hit.eta_bin[kept], hit.phi_bin[kept], rng)
    return _massless(calorimeter.kind, hit.event[kept], measured[kept], eta, phi, ancestor[kept])


def hit_cells(
    calorimeter: Calorimeter, event: Ints, eta: Floats64, phi: Floats64, energy: Floats64
) -> tuple[HitCells, Ints]:
    """Return the cells that deposits hit, in ascending order of event, and the row of each deposit's cell."""
    eta_bin, phi_bin = cell_bins(calorimeter, eta, phi)
    address = (event * len(calorimeter.phi_cells) + eta_bin) * calorimeter.phi_cells.max() + phi_bin
    address, cell = np.unique(address, return_inverse=True)
    address, phi_bin = np.divmod(address, calorimeter.phi_cells.max())
    event, eta_bin = np.divmod(address, len(calorimeter.phi_cells))
    return HitCells(event, eta_bin, phi_bin, np.bincount(cell, energy).astype(np.float64)), cell


def measure(calorimeter: Calorimeter, hit: HitCells, rng: np.random.Generator) -> tuple[Floats64, Bools]:
    """Return the measured energy of cells, in GeV, and which are above threshold."""
    eta = (calorimeter.eta_edges[hit.eta_bin] + calorimeter.eta_edges[hit.eta_bin + 1]) / 2
    measured = fluctuate(hit.energy, energy_resolution(calorimeter, hit.energy, eta), rng)
    noise_threshold = _MIN_SIGNIFICANCE * energy_resolution(calorimeter, measured, eta)
    return measured, measured > np.maximum(calorimeter.min_energy, noise_threshold)


def cell_bins(calorimeter: Calorimeter, eta: Floats64, phi: Floats64) -> tuple[Ints, Ints]:
    """Return the bins in eta and phi of directions; phi bins start at -pi."""
    eta_bin = np.searchsorted(calorimeter.eta_edges, eta, side="right") - 1
    phi_cells = calorimeter.phi_cells[eta_bin]
    phi_bin = np.floor((phi + np.pi) / (2 * np.pi) * phi_cells).astype(np.int64)
    return eta_bin, np.minimum(phi_bin, phi_cells - 1)


def majority_ancestor(cell: Ints, energy: Floats64, ancestor: Ints, total: Floats64) -> Ints:
    """Return for every cell the ancestor that contributes more than half of its energy, -1 if none does."""
    sources = ancestor.max(initial=-1) + 2
    by_source = np.bincount(cell * sources + ancestor + 1, energy, minlength=len(total) * sources)
    shares = by_source.reshape(len(total), sources)[:, 1:] > total[:, None] / 2
    return np.where(shares.any(axis=1), shares.argmax(axis=1) if sources > 1 else -1, -1)


def _random_positions(
    calorimeter: Calorimeter, eta_bin: Ints, phi_bin: Ints, rng: np.random.Generator
) -> tuple[Floats64, Floats64]:
    low, high = calorimeter.eta_edges[eta_bin], calorimeter.eta_edges[eta_bin + 1]
    eta = low + (high - low) * rng.random(len(eta_bin))
    phi = (phi_bin + rng.random(len(phi_bin))) * 2 * np.pi / calorimeter.phi_cells[eta_bin] - np.pi
    return eta, phi


def _massless(kind: int, event: Ints, energy: Floats64, eta: Floats64, phi: Floats64, ancestor: Ints) -> Constituents:
    none = np.zeros(len(event))
    pt = energy / np.cosh(eta)
    return Constituents(event, pt, eta, phi, energy, none, np.full(len(event), kind), none, none, ancestor)
