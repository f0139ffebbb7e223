"""Clustering histories of jets with the generalised kt algorithms, as in FastJet.

FastJet exposes a history only merge by merge, through its PseudoJets. This kernel follows its `N2Plain` strategy
(nearest-neighbour lists, hep-ph/0512210, arXiv:1111.6097) operation by operation, so that even distances that differ
only by rounding compare in the same way and each merge is FastJet's, in FastJet's order. Only the end differs: without
a radius nothing merges with the beam, where FastJet leaves what is further from all else than R = 1000, its largest.
"""

import math
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from tagwerk.arrays import Floats64, Ints, Ints32
from tagwerk.jets.fourvectors import FourVectors, compiled

_MAX_RAPIDITY = 1e5  # FastJet's, for momenta along the beam
_MAX_SCALE = 1e300  # FastJet's, instead of 1 / pT^2 where there is no pT


class History(NamedTuple):
    """The K merges of many jets, jet by jet, each jet's in the order in which they were made.

    Attributes:
        harder, softer: nodes of the jet, (K,), numbered from zero: constituents, then its merges; of equal pT the
            earlier node is `harder`.
        vectors: px, py, pz and energy of each merge, (K, 4).
    """

    harder: Ints32
    softer: Ints32
    vectors: FourVectors


# The pseudojets still to merge, packed at the front of an array: four-vector and node, azimuth in [0, 2π), squared pT,
# scale pT^2p, and the slot of the nearest neighbour with the squared distance to it in rapidity and azimuth.
_SLOT = np.dtype(
    [(name, np.float64) for name in ("px", "py", "pz", "energy", "rapidity", "phi", "pt2", "scale", "distance2")]
    + [(name, np.int64) for name in ("nearest", "node")]
)
Slots = NDArray[np.void]


@compiled
def _rapidity(pt2: float, pz: float, energy: float) -> float:
    """Rapidity of a four-vector, at least massless; finite along the beam, and different for each pz."""
    # FastJet has E = |pz| here; lower energies would give it infinities.
    if pt2 == 0 and energy <= abs(pz):
        return math.copysign(_MAX_RAPIDITY + abs(pz), pz)
    mass2 = max(0.0, (energy + pz) * (energy - pz) - pt2)
    larger = energy + abs(pz)
    rapidity = 0.5 * math.log((pt2 + mass2) / (larger * larger)) if larger > 0 else -_MAX_RAPIDITY
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
    return 1.0 / pt2 if pt2 > 1 / _MAX_SCALE else _MAX_SCALE


@compiled
def _set_kinematics(slots: Slots, i: int, power: int) -> None:
    """Fill a slot that has its four-vector and node; any other slot is a placeholder for its nearest neighbour."""
    slot = slots[i]
    slot.pt2 = slot.px * slot.px + slot.py * slot.py
    slot.scale = _scale(slot.pt2, power)
    slot.rapidity, slot.phi = _rapidity(slot.pt2, slot.pz, slot.energy), _azimuth(slot.pt2, slot.px, slot.py)
    slot.distance2, slot.nearest = np.inf, 1 if i == 0 else 0


@compiled
def _distance2(rapidity: float, phi: float, other: Any) -> float:
    """Squared distance from a point to a slot in the plane of rapidity and azimuth."""
    d_phi, d_rapidity = abs(phi - other.phi), rapidity - other.rapidity
    if d_phi > math.pi:
        d_phi = 2 * math.pi - d_phi
    return float(d_phi * d_phi + d_rapidity * d_rapidity)


@compiled
def _kt_distance(slots: Slots, i: int) -> float:
    """Squared distance of a slot to its nearest neighbour, times the smaller scale."""
    return float(slots[i].distance2 * min(slots[slots[i].nearest].scale, slots[i].scale))


@compiled
def _argmin(distances: Floats64, count: int) -> int:
    """Index of the first minimum among the first `count`."""
    index, smallest = 0, distances[0]
    for i in range(1, count):
        if distances[i] < smallest:
            index, smallest = i, distances[i]
    return index


@compiled
def _find_nearest(slots: Slots, i: int, count: int) -> None:
    """Find the nearest neighbour of a slot among the first `count`."""
    slot = slots[i]
    rapidity, phi, nearest, smallest = slot.rapidity, slot.phi, 1 if i == 0 else 0, np.inf
    for j in range(count):
        distance2 = _distance2(rapidity, phi, slots[j])
        if distance2 < smallest and j != i:
            nearest, smallest = j, distance2
    slot.nearest, slot.distance2 = nearest, smallest


@compiled
def _find_mutual_nearest(slots: Slots, i: int, count: int) -> None:
    """Find the nearest neighbour of a slot among the first `count`, and make it theirs where it is nearest."""
    slot = slots[i]
    rapidity, phi, nearest, smallest = slot.rapidity, slot.phi, slot.nearest, slot.distance2
    for j in range(count):
        other = slots[j]
        distance2 = _distance2(rapidity, phi, other)
        if distance2 < smallest:
            nearest, smallest = j, distance2
        if distance2 < other.distance2:
            other.distance2, other.nearest = distance2, i
    slot.nearest, slot.distance2 = nearest, smallest


@compiled
def _initial_slots(vectors: FourVectors, power: int) -> Slots:
    """Slots of all constituents, each with its nearest neighbour."""
    slots = np.empty(len(vectors), _SLOT)
    for i in range(len(vectors)):
        slot = slots[i]
        slot.px, slot.py, slot.pz, slot.energy = vectors[i, 0], vectors[i, 1], vectors[i, 2], vectors[i, 3]
        slot.node = i
        _set_kinematics(slots, i, power)
        _find_mutual_nearest(slots, i, i)
    return slots


@compiled
def _add(slots: Slots, target: int, other: int) -> None:
    """Add one slot's four-vector to another's."""
    slots[target].px += slots[other].px
    slots[target].py += slots[other].py
    slots[target].pz += slots[other].pz
    slots[target].energy += slots[other].energy


@compiled
def _update_nearest(slots: Slots, distances: Floats64, removed: int, merged: int, last: int) -> None:
    """Update the nearest neighbours after a merge, where slot `removed` now holds what was in slot `last`."""
    slot = slots[merged]
    rapidity, phi, nearest, smallest = slot.rapidity, slot.phi, slot.nearest, np.inf
    for i in range(last):
        other = slots[i]
        if other.nearest == removed or other.nearest == merged:
            _find_nearest(slots, i, last)
            distances[i] = _kt_distance(slots, i)
        distance2 = _distance2(rapidity, phi, other)
        if i != merged:
            if distance2 < other.distance2:
                other.distance2, other.nearest = distance2, merged
                distances[i] = _kt_distance(slots, i)
            if distance2 < smallest:
                nearest, smallest = i, distance2
        if other.nearest == last:
            other.nearest = removed
    slot.nearest, slot.distance2 = nearest, smallest
    distances[merged] = _kt_distance(slots, merged)


@compiled
def _children(slots: Slots, i: int, j: int) -> tuple[int, int]:
    """Nodes of two slots, the harder first; of equal pT the earlier node."""
    first, second = (i, j) if slots[i].node < slots[j].node else (j, i)
    if slots[second].pt2 > slots[first].pt2:
        first, second = second, first
    return slots[first].node, slots[second].node


@compiled
def _cluster_jet(vectors: FourVectors, power: int, harder: Ints32, softer: Ints32, sums: FourVectors) -> None:
    """Write the merges of a jet of two constituents or more."""
    slots, distances = _initial_slots(vectors, power), np.empty(len(vectors))
    for i in range(len(vectors)):
        distances[i] = _kt_distance(slots, i)
    for merge in range(len(harder)):
        last = len(harder) - merge
        closest = _argmin(distances, last + 1)
        nearest = slots[closest].nearest
        removed, merged = max(closest, nearest), min(closest, nearest)
        harder[merge], softer[merge] = _children(slots, removed, merged)
        _add(slots, merged, removed)
        slots[merged].node = len(vectors) + merge
        _set_kinematics(slots, merged, power)
        slot = slots[merged]
        sums[merge, 0], sums[merge, 1], sums[merge, 2], sums[merge, 3] = slot.px, slot.py, slot.pz, slot.energy
        slots[removed], distances[removed] = slots[last], distances[last]
        if last > 1:
            _update_nearest(slots, distances, removed, merged, last)


@compiled
def _cluster(
    offsets: Ints, vectors: FourVectors, power: int, harder: Ints32, softer: Ints32, sums: FourVectors
) -> None:
    """Write the merges of all jets."""
    start = 0
    for jet in range(len(offsets) - 1):
        stop = start + max(offsets[jet + 1] - offsets[jet] - 1, 0)
        if stop > start:
            constituents = vectors[offsets[jet] : offsets[jet + 1]]
            _cluster_jet(constituents, power, harder[start:stop], softer[start:stop], sums[start:stop])
        start = stop


def cluster(offsets: Ints, vectors: FourVectors, power: int) -> History:
    """Return how the constituents of B jets merge, two at a time, until one pseudojet is left of each jet.

    A jet of n constituents has n - 1 merges, an empty one none. The pair of smallest
    min(pT_i^2p, pT_j^2p) ΔR_ij² is always merged into the sum of its four-vectors, with ΔR in rapidity and azimuth.

    Args:
        offsets: jet b has the constituents offsets[b] ... offsets[b + 1] - 1, (B + 1,).
        vectors: px, py, pz and energy of all constituents, (M, 4), in GeV.
        power: p = 1 for kt (hep-ph/9305266), 0 for Cambridge/Aachen (hep-ph/9707323), -1 for anti-kt (arXiv:0802.1189).

    Raises:
        ValueError: `power` is not 1, 0 or -1.
    """
    if power not in (1, 0, -1):
        raise ValueError(f"the power of generalised kt is 1, 0 or -1, got {power}")
    merges = int(np.maximum(np.diff(offsets) - 1, 0).sum())
    history = History(np.empty(merges, np.int32), np.empty(merges, np.int32), np.empty((merges, 4)))
    _cluster(offsets, np.ascontiguousarray(vectors), power, *history)
    return history
