"""Calorimeter cells around candidates: both calorimeters in one table."""

from dataclasses import replace
from typing import NamedTuple

import numpy as np

from tagwerk.arrays import Bools, Floats64, Ints
from tagwerk.simulate.calorimeter import ECAL, HCAL, Calorimeter, hit_cells, measure
from tagwerk.simulate.rows import merge_events, take_rows
from tagwerk.simulate.taus.showers import deposits
from tagwerk.simulate.visible_particles import Particles

MAX_ETA = 3.0  # of the particles and cells, beyond the tracker


def _with_noise(calorimeter: Calorimeter, noise: float, min_energy: float) -> Calorimeter:
    resolution = calorimeter.resolution.copy()
    resolution[:, 2] = noise
    return replace(calorimeter, resolution=resolution, min_energy=min_energy)


# ASSUME: noise and threshold (GeV) are those of single cells, where Delphes's card has those of towers, in which the
# hadrons of a soft tau would vanish (ATLAS's topological clusters: arXiv:1603.02934, figure 3).
_ECAL = _with_noise(ECAL, 0.03, 0.1)
_HCAL = _with_noise(HCAL, 0.08, 0.3)


class Cells(NamedTuple):
    """Cells above threshold, one per row, in ascending order of event."""

    event: Ints
    eta: Floats64
    phi: Floats64
    energy: Floats64  # GeV
    electromagnetic: Bools


def measured_cells(particles: Particles, rng: np.random.Generator) -> Cells:
    """Return the cells with |eta| < 3 that particles hit, at their centres.

    Args:
        particles: in any order.
        rng: source of random numbers.
    """
    in_ecal, in_hcal = deposits(particles, rng)
    tables = []
    for calorimeter, table in ((_ECAL, in_ecal), (_HCAL, in_hcal)):
        table = take_rows(table, np.abs(table.eta) < MAX_ETA)
        hit, _ = hit_cells(calorimeter, *table)
        measured, kept = measure(calorimeter, hit, rng)
        hit, measured = take_rows(hit, kept), measured[kept]
        eta = (calorimeter.eta_edges[hit.eta_bin] + calorimeter.eta_edges[hit.eta_bin + 1]) / 2
        phi = (hit.phi_bin + 0.5) * 2 * np.pi / calorimeter.phi_cells[hit.eta_bin] - np.pi
        tables.append(Cells(hit.event, eta, phi, measured, np.full(len(eta), calorimeter is _ECAL)))
    return merge_events(tables)
