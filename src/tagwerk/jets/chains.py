"""Degenerate trees: chains that start from two constituents and add one more at each merge."""

import numpy as np
import numpy.typing as npt

from tagwerk.arrays import Ints, Ints32
from tagwerk.jets.fourvectors import FourVectors, compiled, four_vectors
from tagwerk.jets.ragged import Ragged

# Constants of SplitMix64 (doi:10.1145/2660193.2660195), whose output is the same on every machine.
_INCREMENT, _MIX_1, _MIX_2 = (
    np.uint64(constant) for constant in (0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB)
)


def ascending_pt_order(constituents: Ragged) -> Ints:
    """Return the indices of the M constituents, (M,), by jet and ascending pT: the reverse of descending pT."""
    index = np.arange(len(constituents.jet_index))
    return np.lexsort((-index, constituents.values["pt"], constituents.jet_index))


def descending_pt_order(constituents: Ragged) -> Ints:
    """Return the indices of the M constituents, (M,), by jet and descending pT; ties keep their order."""
    return np.lexsort((-constituents.values["pt"], constituents.jet_index))


def random_order(constituents: Ragged, identity: npt.NDArray[np.uint64]) -> Ints:
    """Return the indices of the M constituents, (M,), by jet, in an order that follows from its identity, (N,)."""
    local_index = np.arange(len(constituents.jet_index)) - constituents.starts[constituents.jet_index]
    key = identity[constituents.jet_index] + (local_index + 1).astype(np.uint64) * _INCREMENT
    return np.lexsort((_mix(key), constituents.jet_index))


def chain_merges(constituents: Ragged, order: Ints) -> tuple[Ints32, Ints32]:
    """Return the harder and the softer child of every merge, (K,) each, jet by jet.

    A jet's first merge is of the first two constituents in order, each further one of the previous merge and the next
    constituent. Children are nodes of the jet, numbered from zero, first constituents, then merges; of equal pT the
    earlier node is the harder one.

    Args:
        constituents: of N jets.
        order: indices of the constituents in the order of merging, jet by jet, (M,).
    """
    merges = int(np.maximum(constituents.counts - 1, 0).sum())
    harder, softer = np.empty(merges, np.int32), np.empty(merges, np.int32)
    _chain(constituents.counts, order, four_vectors(constituents), harder, softer)
    return harder, softer


@compiled
def _chain(counts: Ints, order: Ints, vectors: FourVectors, harder: Ints32, softer: Ints32) -> None:
    """Write the children of all merges."""
    start, merge = 0, 0
    for count in counts:
        node, px, py = 0, 0.0, 0.0
        for step in range(count):
            index = order[start + step]
            leaf, x, y = index - start, vectors[index, 0], vectors[index, 1]
            if step > 0:
                node_pt2, leaf_pt2 = px * px + py * py, x * x + y * y
                node_harder = node_pt2 > leaf_pt2 or (node_pt2 == leaf_pt2 and node < leaf)
                harder[merge], softer[merge] = (node, leaf) if node_harder else (leaf, node)
                merge += 1
            node, px, py = (leaf, x, y) if step == 0 else (count + step - 1, px + x, py + y)
        start += count


def _mix(key: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    key = (key ^ (key >> np.uint64(30))) * _MIX_1
    key = (key ^ (key >> np.uint64(27))) * _MIX_2
    return key ^ (key >> np.uint64(31))
