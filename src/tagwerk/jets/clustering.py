"""Clustering histories of jets by the generalised kt algorithms, as FastJet has them.

FastJet gives a history only merge by merge through its PseudoJets; this kernel follows its `N2Plain` strategy
(nearest-neighbour lists, hep-ph/0512210, arXiv:1111.6097) operation by operation, so that even distances that differ
by rounding alone are compared alike and each merge is FastJet's, in FastJet's order. What differs is the end: without
a radius nothing is given to the beam, where FastJet leaves what is further from all else than R = 1000, its largest.
"""

import math
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from tagwerk.arrays import Floats64, Ints
from tagwerk.jets.fourvectors import Vectors, compiled

Nodes = NDArray[np.int32]

_LARGEST_RAPIDITY = 1e5  # FastJet's, for what moves along the beam
_LARGEST_SCALE = 1e300  # FastJet's, in place of 1 / pT^2 of no pT


class History(NamedTuple):
    """The K merges of many jets, those of a jet in a row, in the order in which they were made.

    Attributes:
        harder, softer: nodes of the jet, (K,): constituents from zero on, then its merges; of equal pT the earlier node
            is `harder`.
        vectors: px, py, pz and energy of each merge, (K, 4).
    """

    harder: Nodes
    softer: Nodes
    vectors: Vectors


# What is left of a jet to merge, packed at the front of an array: a four-vector with its node, its azimuth in [0, 2π),
# its squared pT, its scale pT^2p, and the slot nearest to it with their squared distance in rapidity and azimuth.
_SLOT = np.dtype(
    [(name, np.float64) for name in ("px", "py", "pz", "energy", "rapidity", "phi", "pt2", "scale", "gap2")]
    + [(name, np.int64) for name in ("nearest", "node")]
)
Slots = NDArray[np.void]


@compiled
def _rapidity(pt2: float, pz: float, energy: float) -> float:
    """Rapidity of a four-vector, at least massless; finite, and different, for each pz along the beam."""
    # FastJet has E = |pz| here; energies below that would give it infinities.
    if pt2 == 0 and energy <= abs(pz):
        return math.copysign(_LARGEST_RAPIDITY + abs(pz), pz)
    mass2 = max(0.0, (energy + pz) * (energy - pz) - pt2)
    larger = energy + abs(pz)
    rapidity = 0.5 * math.log((pt2 + mass2) / (larger * larger)) if larger > 0 else -_LARGEST_RAPIDITY
    return -rapidity if pz > 0 else rapidity


@compiled
def _azimuth(pt2: float, px: float, py: float) -> float:
    """Azimuth in [0, 2π), zero where there is no pT."""
    phi = math.atan2(py, px) if pt2 != 0 else 0.0
    if phi < 0:
        phi += 2 * math.pi
    return phi - 2 * math.pi if phi >= 2 * math.pi else phi


@compiled
def _scale(pt2: float, power: int) -> float:
    """Weight of distances, pT^2p for p = 1, 0 or -1."""
    if power == 0:
        return 1.0
    if power > 0:
        return pt2
    return 1.0 / pt2 if pt2 > 1 / _LARGEST_SCALE else _LARGEST_SCALE


@compiled
def _place(slots: Slots, i: int, power: int) -> None:
    """Fill a slot that has its four-vector and node; its nearest is not known yet, and any other one stands for it."""
    one = slots[i]
    one.pt2 = one.px * one.px + one.py * one.py
    one.scale = _scale(one.pt2, power)
    one.rapidity, one.phi = _rapidity(one.pt2, one.pz, one.energy), _azimuth(one.pt2, one.px, one.py)
    one.gap2, one.nearest = np.inf, 1 if i == 0 else 0


@compiled
def _gap2(rapidity: float, phi: float, other: Any) -> float:
    """Squared distance from a point to a slot in the plane of rapidity and azimuth."""
    d_phi, d_rapidity = abs(phi - other.phi), rapidity - other.rapidity
    if d_phi > math.pi:
        d_phi = 2 * math.pi - d_phi
    return float(d_phi * d_phi + d_rapidity * d_rapidity)


@compiled
def _weighed(slots: Slots, i: int) -> float:
    """Squared distance of a slot to its nearest, times the smaller scale."""
    return float(slots[i].gap2 * min(slots[slots[i].nearest].scale, slots[i].scale))


@compiled
def _smallest(distance: Floats64, count: int) -> int:
    """The first of the smallest."""
    found, smallest = 0, distance[0]
    for i in range(1, count):
        if distance[i] < smallest:
            found, smallest = i, distance[i]
    return found


@compiled
def _find_nearest(slots: Slots, i: int, count: int) -> None:
    """Look for the nearest of a slot among the first so many."""
    one = slots[i]
    rapidity, phi, nearest, smallest = one.rapidity, one.phi, 1 if i == 0 else 0, np.inf
    for j in range(count):
        gap2 = _gap2(rapidity, phi, slots[j])
        if gap2 < smallest and j != i:
            nearest, smallest = j, gap2
    one.nearest, one.gap2 = nearest, smallest


@compiled
def _compare(slots: Slots, i: int, count: int) -> None:
    """Make a slot and the first so many each other's nearest where they are."""
    one = slots[i]
    rapidity, phi, nearest, smallest = one.rapidity, one.phi, one.nearest, one.gap2
    for j in range(count):
        other = slots[j]
        gap2 = _gap2(rapidity, phi, other)
        if gap2 < smallest:
            nearest, smallest = j, gap2
        if gap2 < other.gap2:
            other.gap2, other.nearest = gap2, i
    one.nearest, one.gap2 = nearest, smallest


@compiled
def _filled(vectors: Vectors, power: int) -> Slots:
    """Slots of all constituents, each with its nearest."""
    slots = np.empty(len(vectors), _SLOT)
    for i in range(len(vectors)):
        one = slots[i]
        one.px, one.py, one.pz, one.energy = vectors[i, 0], vectors[i, 1], vectors[i, 2], vectors[i, 3]
        one.node = i
        _place(slots, i, power)
        _compare(slots, i, i)
    return slots


@compiled
def _add(slots: Slots, target: int, other: int) -> None:
    """Add one slot's four-vector to another's."""
    slots[target].px += slots[other].px
    slots[target].py += slots[other].py
    slots[target].pz += slots[other].pz
    slots[target].energy += slots[other].energy


@compiled
def _update(slots: Slots, distance: Floats64, gone: int, merged: int, last: int) -> None:
    """Set the nearest right after a merge, where slot `gone` was given to the one that was last."""
    one = slots[merged]
    rapidity, phi, nearest, smallest = one.rapidity, one.phi, one.nearest, np.inf
    for i in range(last):
        other = slots[i]
        if other.nearest == gone or other.nearest == merged:
            _find_nearest(slots, i, last)
            distance[i] = _weighed(slots, i)
        gap2 = _gap2(rapidity, phi, other)
        if i != merged:
            if gap2 < other.gap2:
                other.gap2, other.nearest = gap2, merged
                distance[i] = _weighed(slots, i)
            if gap2 < smallest:
                nearest, smallest = i, gap2
        if other.nearest == last:
            other.nearest = gone
    one.nearest, one.gap2 = nearest, smallest
    distance[merged] = _weighed(slots, merged)


@compiled
def _children(slots: Slots, i: int, j: int) -> tuple[int, int]:
    """Nodes of two slots, the harder first; of equal pT the earlier node."""
    first, second = (i, j) if slots[i].node < slots[j].node else (j, i)
    if slots[second].pt2 > slots[first].pt2:
        first, second = second, first
    return slots[first].node, slots[second].node


@compiled
def _cluster_jet(vectors: Vectors, power: int, harder: Nodes, softer: Nodes, sums: Vectors) -> None:
    """Write the merges of a jet of two constituents or more."""
    slots, distance = _filled(vectors, power), np.empty(len(vectors))
    for i in range(len(vectors)):
        distance[i] = _weighed(slots, i)
    for merge in range(len(harder)):
        last = len(harder) - merge
        closest = _smallest(distance, last + 1)
        nearest = slots[closest].nearest
        gone, merged = max(closest, nearest), min(closest, nearest)
        harder[merge], softer[merge] = _children(slots, gone, merged)
        _add(slots, merged, gone)
        slots[merged].node = len(vectors) + merge
        _place(slots, merged, power)
        one = slots[merged]
        sums[merge, 0], sums[merge, 1], sums[merge, 2], sums[merge, 3] = one.px, one.py, one.pz, one.energy
        slots[gone], distance[gone] = slots[last], distance[last]
        if last > 1:
            _update(slots, distance, gone, merged, last)


@compiled
def _cluster(offsets: Ints, vectors: Vectors, power: int, harder: Nodes, softer: Nodes, sums: Vectors) -> None:
    """Write the merges of all jets."""
    start = 0
    for jet in range(len(offsets) - 1):
        stop = start + max(offsets[jet + 1] - offsets[jet] - 1, 0)
        if stop > start:
            own = vectors[offsets[jet] : offsets[jet + 1]]
            _cluster_jet(own, power, harder[start:stop], softer[start:stop], sums[start:stop])
        start = stop


def cluster(offsets: Ints, vectors: Vectors, power: int) -> History:
    """Return how the constituents of B jets merge, two at a time, until one is left of each jet.

    A jet of n constituents has n - 1 merges, one of none has none. Always the pair of smallest
    min(pT_i^2p, pT_j^2p) ΔR_ij² is merged into the sum of its four-vectors, with ΔR in rapidity and azimuth.

    Args:
        offsets: jet b owns the constituents offsets[b] ... offsets[b + 1] - 1, (B + 1,).
        vectors: px, py, pz and energy of all constituents, (M, 4), in GeV.
        power: p = 1 for kt (hep-ph/9305266), 0 for Cambridge/Aachen (hep-ph/9707323), -1 for anti-kt (arXiv:0802.1189).

    Raises:
        ValueError: there is no such power.
    """
    if power not in (1, 0, -1):
        raise ValueError(f"the power of generalised kt is 1, 0 or -1, got {power}")
    merges = int(np.maximum(np.diff(offsets) - 1, 0).sum())
    history = History(np.empty(merges, np.int32), np.empty(merges, np.int32), np.empty((merges, 4)))
    _cluster(offsets, np.ascontiguousarray(vectors), power, *history)
    return history
