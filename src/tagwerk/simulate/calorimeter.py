"""The calorimeters: energy summed in cells, smeared, and kept where it stands out of the noise.

All numbers are those of the ATLAS card of Delphes (delphes/delphes, cards/delphes_card_ATLAS.tcl).
"""

from dataclasses import dataclass

import numpy as np

from tagwerk.arrays import Floats64, Ints
from tagwerk.simulate.constituents import ECAL_CELL, HCAL_CELL, Constituents
from tagwerk.simulate.rows import take
from tagwerk.simulate.smearing import fluctuate
from tagwerk.simulate.visible_particles import Particles

_ALL_IN_ECAL, _THIRD_IN_ECAL, _NOWHERE = (11, 22, 111), (310, 3122), (12, 13, 14, 16)
_SIGNIFICANCE = 2.0  # smallest energy of a cell in units of its resolution


@dataclass(frozen=True)
class Layer:
    """One calorimeter: its grid of cells and its resolution."""

    kind: int
    eta_edges: Floats64  # symmetric, rising
    phi_cells: Ints  # cells around the beam in each bin of eta
    resolution_eta: tuple[float, ...]  # upper edges in |eta| of all regions but the last
    resolution: Floats64  # (regions, 3): constant, stochastic (GeV^1/2), noise (GeV)
    smallest_energy: float  # GeV


def _symmetric(edges: Floats64) -> Floats64:
    return np.concatenate([-edges[::-1], edges[edges > 0]])


def _phi_cells(eta_edges: Floats64, fine_up_to: float, fine: int, coarse: int) -> Ints:
    outer = np.maximum(np.abs(eta_edges[:-1]), np.abs(eta_edges[1:]))
    return np.where(outer < fine_up_to + 1e-6, fine, coarse)


def _ecal() -> Layer:
    outer = [3.125, 3.3, 3.475, 3.65, 3.825, 4.0, 4.175, 4.35, 4.525, 4.7, 5.0]
    edges = _symmetric(np.concatenate([np.arange(171) * 0.0174, outer]))
    resolution = np.array([[0.0017, 0.101, 0.0], [0.035, 0.285, 0.0]])
    return Layer(ECAL_CELL, edges, _phi_cells(edges, 2.958, 360, 36), (3.2,), resolution, 0.5)


def _hcal() -> Layer:
    # ASSUME: Delphes's card lists the edges beyond 2.5 a little differently on the two sides; here both are alike.
    outer = [2.6, 2.8, 3.0, 3.2, 3.5, 3.7, 3.9, 4.1, 4.3, 4.5, 4.7, 4.9]
    edges = _symmetric(np.concatenate([np.arange(26) * 0.1, outer]))
    resolution = np.array([[0.0302, 0.5205, 1.59], [0.05, 0.706, 0.0], [0.0942, 1.0, 0.0]])
    return Layer(HCAL_CELL, edges, _phi_cells(edges, 2.5, 36, 18), (1.7, 3.2), resolution, 1.0)


ECAL, HCAL = _ecal(), _hcal()


def resolution(layer: Layer, energy: Floats64, eta: Floats64) -> Floats64:
    """Return sigma(E), GeV, of cells that hold an energy (GeV)."""
    constant, stochastic, noise = layer.resolution[np.searchsorted(layer.resolution_eta, np.abs(eta))].T
    variance: Floats64 = np.square(constant * energy) + np.square(stochastic) * energy + np.square(noise)
    return np.sqrt(variance)


def deposits(layer: Layer, particles: Particles) -> Floats64:
    """Return the energy, GeV, that each particle leaves in a layer."""
    code = np.abs(particles.id)
    in_ecal = np.select([np.isin(code, _ALL_IN_ECAL), np.isin(code, _THIRD_IN_ECAL)], [1.0, 0.3], 0.0)
    share = in_ecal if layer.kind == ECAL_CELL else np.where(np.isin(code, _NOWHERE), 0.0, 1.0 - in_ecal)
    return share * particles.energy


def cells(layer: Layer, particles: Particles, rng: np.random.Generator) -> Constituents:
    """Return the cells of a layer that stand out, massless, somewhere within their bounds, by rising event."""
    energy = deposits(layer, particles)
    leaves = energy > 0
    particles, energy = take(particles, leaves), energy[leaves]
    eta_bin, phi_bin = grid(layer, particles.eta, particles.phi)
    address = (particles.event * len(layer.phi_cells) + eta_bin) * layer.phi_cells.max() + phi_bin
    address, cell = np.unique(address, return_inverse=True)
    true = np.bincount(cell, energy).astype(np.float64)
    top = majority(cell, energy, particles.top, true)
    address, phi_bin = np.divmod(address, layer.phi_cells.max())
    event, eta_bin = np.divmod(address, len(layer.phi_cells))
    centre = (layer.eta_edges[eta_bin] + layer.eta_edges[eta_bin + 1]) / 2
    measured = fluctuate(true, resolution(layer, true, centre), rng)
    threshold = np.maximum(layer.smallest_energy, _SIGNIFICANCE * resolution(layer, measured, centre))
    kept = measured > threshold
    eta, phi = _somewhere(layer, eta_bin[kept], phi_bin[kept], rng)
    return _massless(layer.kind, event[kept], measured[kept], eta, phi, top[kept])


def grid(layer: Layer, eta: Floats64, phi: Floats64) -> tuple[Ints, Ints]:
    """Return the bins in eta and phi that directions fall into; phi counts from -pi."""
    eta_bin = np.searchsorted(layer.eta_edges, eta, side="right") - 1
    phi_cells = layer.phi_cells[eta_bin]
    phi_bin = np.floor((phi + np.pi) / (2 * np.pi) * phi_cells).astype(np.int64)
    return eta_bin, np.minimum(phi_bin, phi_cells - 1)


def majority(cell: Ints, energy: Floats64, top: Ints, total: Floats64) -> Ints:
    """Return for every cell the top that gives more than half of its energy, -1 where none does."""
    sources = top.max(initial=-1) + 2
    by_source = np.bincount(cell * sources + top + 1, energy, minlength=len(total) * sources)
    shares = by_source.reshape(len(total), sources)[:, 1:] > total[:, None] / 2
    return np.where(shares.any(axis=1), shares.argmax(axis=1) if sources > 1 else -1, -1)


def _somewhere(layer: Layer, eta_bin: Ints, phi_bin: Ints, rng: np.random.Generator) -> tuple[Floats64, Floats64]:
    low, high = layer.eta_edges[eta_bin], layer.eta_edges[eta_bin + 1]
    eta = low + (high - low) * rng.random(len(eta_bin))
    phi = (phi_bin + rng.random(len(phi_bin))) * 2 * np.pi / layer.phi_cells[eta_bin] - np.pi
    return eta, phi


def _massless(kind: int, event: Ints, energy: Floats64, eta: Floats64, phi: Floats64, top: Ints) -> Constituents:
    none = np.zeros(len(event))
    pt = energy / np.cosh(eta)
    return Constituents(event, pt, eta, phi, energy, none, np.full(len(event), kind), none, none, top)
