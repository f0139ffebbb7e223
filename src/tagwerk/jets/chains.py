"""Degenerate trees: chains that begin with two constituents and take in one more after the other."""

import numpy as np
import numpy.typing as npt

from tagwerk.arrays import Ints
from tagwerk.jets.fourvectors import Vectors, compiled, four_vectors
from tagwerk.jets.ragged import Ragged

Nodes = npt.NDArray[np.int32]

# Multipliers of SplitMix64 (doi:10.1145/2660193.2660195), whose numbers are the same on every machine.
_STEP, _FIRST, _SECOND = (np.uint64(each) for each in (0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB))


def ascending(constituents: Ragged) -> Ints:
    """Return the M constituents, (M,), jet after jet, each jet's by rising pT: the reverse of falling pT."""
    number = np.arange(len(constituents.owner))
    return np.lexsort((-number, constituents.values["pt"], constituents.owner))


def descending(constituents: Ragged) -> Ints:
    """Return the M constituents, (M,), jet after jet, each jet's by falling pT; equal ones keep their order."""
    return np.lexsort((-constituents.values["pt"], constituents.owner))


def random(constituents: Ragged, identity: npt.NDArray[np.uint64]) -> Ints:
    """Return the M constituents, (M,), jet after jet, each jet's in an order that follows from its identity, (N,)."""
    within = np.arange(len(constituents.owner)) - constituents.starts[constituents.owner]
    key = identity[constituents.owner] + (within + 1).astype(np.uint64) * _STEP
    return np.lexsort((_mixed(key), constituents.owner))


def chain(constituents: Ragged, order: Ints) -> tuple[Nodes, Nodes]:
    """Return the harder and the softer child of every merge, (K,) each, jet after jet.

    A jet's first merge is of the first two constituents in order, each further one of the merge before and the next
    constituent. Children are nodes of the jet, constituents from zero on and then merges; of equal pT the earlier node
    is the harder one.

    Args:
        constituents: of N jets.
        order: the constituents in the order to take them in, jet after jet, (M,).
    """
    merges = int(np.maximum(constituents.counts - 1, 0).sum())
    harder, softer = np.empty(merges, np.int32), np.empty(merges, np.int32)
    _chain(constituents.counts, order, four_vectors(constituents), harder, softer)
    return harder, softer


@compiled
def _chain(counts: Ints, order: Ints, vectors: Vectors, harder: Nodes, softer: Nodes) -> None:
    """Write the children of all merges."""
    first, merge = 0, 0
    for count in counts:
        node, px, py = 0, 0.0, 0.0
        for step in range(count):
            place = order[first + step]
            leaf, x, y = place - first, vectors[place, 0], vectors[place, 1]
            if step > 0:
                grown, added = px * px + py * py, x * x + y * y
                ahead = grown > added or (grown == added and node < leaf)
                harder[merge], softer[merge] = (node, leaf) if ahead else (leaf, node)
                merge += 1
            node, px, py = (leaf, x, y) if step == 0 else (count + step - 1, px + x, py + y)
        first += count


def _mixed(key: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    key = (key ^ (key >> np.uint64(30))) * _FIRST
    key = (key ^ (key >> np.uint64(27))) * _SECOND
    return key ^ (key >> np.uint64(31))
