"""Clusters of calorimeter cells around a candidate."""

import math
from typing import NamedTuple

import numpy as np

from tagwerk.arrays import Floats64, Ints
from tagwerk.compilation import cached_njit
from tagwerk.jets.kinematics import wrap_phi
from tagwerk.simulate.taus.cells import Cells

# ASSUME: a cell joins the nearest cluster whose hardest cell is within this distance, in descending order of energy, or
# starts its own; ATLAS's topological clusters (arXiv:1603.02934) grow from neighbour to neighbour, and are split where
# the electromagnetic calorimeter, whose cells are finer, has several maxima.
_RADIUS_ECAL, _RADIUS_HCAL = 0.05, 0.1

compiled = cached_njit()


class Clusters(NamedTuple):
    """Clusters, one per row, candidate by candidate; massless."""

    candidate: Ints
    pt: Floats64  # GeV
    eta: Floats64
    phi: Floats64
    energy: Floats64  # GeV
    em_fraction: Floats64  # share of the energy in the electromagnetic calorimeter
    spread: Floats64  # energy-weighted r.m.s. distance of the cells from the cluster's centre


def build_clusters(cells: Cells, candidate: Ints, row: Ints) -> Clusters:
    """Return the clusters of candidates' cells.

    Args:
        cells: of a batch of events.
        candidate: of each pair of candidate and cell, in ascending order.
        row: the cell of each pair.
    """
    order = np.lexsort((-cells.energy[row], candidate))
    candidate, row = candidate[order], row[order]
    radius = np.where(cells.electromagnetic[row], _RADIUS_ECAL, _RADIUS_HCAL)
    cluster = _assign(candidate, cells.eta[row], cells.phi[row], radius)
    count = int(cluster.max(initial=-1)) + 1
    energy = cells.energy[row]
    leader = np.unique(cluster, return_index=True)[1]
    eta, phi = cells.eta[row], cells.phi[row]
    delta_phi = wrap_phi(phi - phi[leader][cluster])
    total = np.bincount(cluster, energy, minlength=count).astype(np.float64)
    centre_eta, shift, em_fraction = (
        np.bincount(cluster, energy * values, minlength=count) / total
        for values in (eta, delta_phi, cells.electromagnetic[row])
    )
    squared = np.square(eta - centre_eta[cluster]) + np.square(delta_phi - shift[cluster])
    spread = np.sqrt(np.bincount(cluster, energy * squared, minlength=count) / total)
    return Clusters(
        candidate[leader],
        total / np.cosh(centre_eta),
        centre_eta,
        wrap_phi(phi[leader] + shift),
        total,
        em_fraction,
        spread,
    )


@compiled
def _assign(candidate: Ints, eta: Floats64, phi: Floats64, radius: Floats64) -> Ints:
    """Return the cluster of each cell; cells are candidate by candidate in descending order of energy.

    Args:
        candidate: of each cell.
        eta: of each cell.
        phi: of each cell.
        radius: within which each cell joins a cluster.
    """
    cluster = np.empty(len(eta), np.int64)
    leader = np.empty(len(eta), np.int64)
    first = count = 0
    for cell in range(len(eta)):
        if cell > 0 and candidate[cell] != candidate[cell - 1]:
            first = count
        nearest, best = -1, radius[cell] ** 2
        for other in range(first, count):
            delta_phi = abs(phi[cell] - phi[leader[other]])
            delta_phi = min(delta_phi, 2 * math.pi - delta_phi)
            squared = (eta[cell] - eta[leader[other]]) ** 2 + delta_phi**2
            if squared < best:
                nearest, best = other, squared
        if nearest < 0:
            nearest, leader[count] = count, cell
            count += 1
        cluster[cell] = nearest
    return cluster
