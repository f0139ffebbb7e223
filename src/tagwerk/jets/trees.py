"""Binary trees over the constituents of jets, by the name of their topology.

The n constituents of a jet, as they stand in the record, are the nodes 0 ... n - 1 of its tree, merge j is node n + j,
the last one the root. A merge has two children, nodes before it. A jet of one constituent or none has no merges.
"""

import numpy as np
import numpy.typing as npt

from tagwerk.arrays import Ints
from tagwerk.jets.chains import ascending, chain, descending, random
from tagwerk.jets.clustering import cluster
from tagwerk.jets.fourvectors import Vectors, compiled, four_vectors
from tagwerk.jets.momentum import polar
from tagwerk.jets.ragged import Ragged
from tagwerk.jets.topologies import LARGEST, POWERS, TOPOLOGIES


def merges(constituents: Ragged, topology: str, identity: npt.NDArray[np.uint64]) -> Ragged:
    """Return the merges of N jets: of each its children `harder` and `softer` by pT, nodes of the jet, uint16.

    Of children of equal pT the node that comes first is the harder.

    Args:
        constituents: with pt, eta, phi and energy.
        topology: one of `TOPOLOGIES`.
        identity: a number a jet, (N,), which alone decides upon a random tree.

    Raises:
        ValueError: there is no such topology, or a jet has more than 32,768 constituents.
    """
    if topology not in TOPOLOGIES:
        raise ValueError(f"there is no topology '{topology}', only {', '.join(TOPOLOGIES)}")
    if constituents.counts.max(initial=0) > LARGEST:
        raise ValueError(f"a tree holds at most {LARGEST} constituents, a jet has {constituents.counts.max()}")
    if topology in POWERS:
        offsets = np.concatenate([[0], np.cumsum(constituents.counts)])
        harder, softer, _ = cluster(offsets, four_vectors(constituents), POWERS[topology])
    else:
        harder, softer = chain(constituents, _order(constituents, topology, identity))
    children = {"harder": harder.astype(np.uint16), "softer": softer.astype(np.uint16)}
    return Ragged(children, _merges_of(constituents))


def momenta(constituents: Ragged, merges: Ragged) -> Ragged:
    """Return pt, eta, phi and energy of the merges, float32, in GeV and radians: the sums of their children's momenta.

    Sums are made in double precision. η is finite also where there is no pT, as `tagwerk.jets.momentum.polar` has it.

    Args:
        constituents: of N jets, with pt, eta, phi and energy.
        merges: of the same jets, with `harder` and `softer`.

    Raises:
        ValueError: the merges are not those of so many constituents.
    """
    if not np.array_equal(merges.counts, _merges_of(constituents)):
        raise ValueError("these merges are not of these constituents: a jet of n constituents has n - 1 merges")
    harder, softer = merges.values["harder"], merges.values["softer"]
    node = constituents.counts[merges.owner] + np.arange(len(merges.owner)) - merges.starts[merges.owner]
    if (np.maximum(harder, softer) >= node).any():
        raise ValueError("a merge has a child that does not come before it")
    nodes = constituents.starts + merges.starts  # where those of each jet begin among the nodes of all
    children = [nodes[merges.owner] + child for child in (harder, softer)]
    if len(node) and np.bincount(np.concatenate(children)).max() > 1:
        raise ValueError("a node is a child twice")
    sums = np.empty((len(node), 4))
    _sum(constituents.counts, four_vectors(constituents), harder, softer, sums)
    found = polar(dict(zip(("px", "py", "pz", "energy"), sums.T, strict=True)), ("pt", "eta", "phi", "energy"))
    largest = np.finfo(np.float32).max  # a sum of wrong values may go beyond
    single = {name: np.clip(values, -largest, largest).astype(np.float32) for name, values in found.items()}
    return Ragged(single, merges.counts)


def _merges_of(constituents: Ragged) -> Ints:
    """Return how many merges each jet has, (N,)."""
    return np.maximum(constituents.counts - 1, 0)


def _order(constituents: Ragged, topology: str, identity: npt.NDArray[np.uint64]) -> Ints:
    if topology == "random":
        return random(constituents, identity)
    return ascending(constituents) if topology == "ascending_pt" else descending(constituents)


@compiled
def _sum(
    counts: Ints,
    vectors: Vectors,
    harder: npt.NDArray[np.uint16],
    softer: npt.NDArray[np.uint16],
    sums: Vectors,
) -> None:
    """Write the four-vectors of all merges."""
    first, start = 0, 0
    for count in counts:
        for merge in range(start, start + max(count - 1, 0)):
            for component in range(4):
                total = 0.0
                for child in (np.int64(harder[merge]), np.int64(softer[merge])):
                    if child < count:
                        total += vectors[first + child, component]
                    else:
                        total += sums[start + child - count, component]
                sums[merge, component] = total
        first += count
        start += max(count - 1, 0)
