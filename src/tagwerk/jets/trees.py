"""Binary trees over the constituents of jets, by name of their topology.

The n constituents of a jet, in the order of the record, are the nodes 0 ... n - 1 of its tree, merge j is node n + j,
the last one the root. A merge's two children are earlier nodes. A jet of one constituent or none has no merges.
"""

import numpy as np
import numpy.typing as npt

from tagwerk.arrays import Ints
from tagwerk.jets.chains import ascending_pt_order, chain_merges, descending_pt_order, random_order
from tagwerk.jets.clustering import cluster
from tagwerk.jets.fourvectors import FourVectors, compiled, four_vectors
from tagwerk.jets.momentum import polar
from tagwerk.jets.ragged import Ragged
from tagwerk.jets.topologies import MAX_CONSTITUENTS, POWERS, TOPOLOGIES


def build_trees(constituents: Ragged, topology: str, identity: npt.NDArray[np.uint64]) -> Ragged:
    """Return the merges of N jets, as their children `harder` and `softer` by pT, nodes of the jet, uint16.

    Of children of equal pT the earlier node is the harder.

    Args:
        constituents: with pt, eta, phi and energy.
        topology: one of `TOPOLOGIES`.
        identity: one number per jet, (N,), which alone determines a random tree.

    Raises:
        ValueError: the topology is unknown, or a jet has more than 32,768 constituents.
    """
    if topology not in TOPOLOGIES:
        raise ValueError(f"there is no topology '{topology}', only {', '.join(TOPOLOGIES)}")
    if constituents.counts.max(initial=0) > MAX_CONSTITUENTS:
        raise ValueError(f"a tree holds at most {MAX_CONSTITUENTS} constituents, a jet has {constituents.counts.max()}")
    if topology in POWERS:
        harder, softer, _ = cluster(constituents.offsets, four_vectors(constituents), POWERS[topology])
    else:
        harder, softer = chain_merges(constituents, _order(constituents, topology, identity))
    children = {"harder": harder.astype(np.uint16), "softer": softer.astype(np.uint16)}
    return Ragged(children, _count_merges(constituents))


def merge_momenta(constituents: Ragged, merges: Ragged) -> Ragged:
    """Return pt, eta, phi and energy of the merges, float32, in GeV and radians: the sums of their children's momenta.

    Sums are in double precision. η is finite also where there is no pT, as in `tagwerk.jets.kinematics.pt_eta_phi`.

    Args:
        constituents: of N jets, with pt, eta, phi and energy.
        merges: of the same jets, with `harder` and `softer`.

    Raises:
        ValueError: the merges do not belong to these constituents.
    """
    if not np.array_equal(merges.counts, _count_merges(constituents)):
        raise ValueError("the merges do not fit the constituents: a jet of n constituents has n - 1 merges")
    harder, softer = merges.values["harder"], merges.values["softer"]
    jet_index = merges.jet_index
    node = constituents.counts[jet_index] + np.arange(len(jet_index)) - merges.starts[jet_index]
    if (np.maximum(harder, softer) >= node).any():
        raise ValueError("a merge has a child that does not come before it")
    node_starts = constituents.starts + merges.starts  # among the nodes of all jets
    children = [node_starts[jet_index] + child for child in (harder, softer)]
    if len(node) and np.bincount(np.concatenate(children)).max() > 1:
        raise ValueError("a node is the child of two merges")
    sums = np.empty((len(node), 4))
    _sum(constituents.counts, four_vectors(constituents), harder, softer, sums)
    momenta = polar(dict(zip(("px", "py", "pz", "energy"), sums.T, strict=True)), ("pt", "eta", "phi", "energy"))
    largest = np.finfo(np.float32).max  # sums of wrong values may exceed it
    single = {name: np.clip(values, -largest, largest).astype(np.float32) for name, values in momenta.items()}
    return Ragged(single, merges.counts)


def _count_merges(constituents: Ragged) -> Ints:
    """Return the number of merges per jet, (N,)."""
    return np.maximum(constituents.counts - 1, 0)


def _order(constituents: Ragged, topology: str, identity: npt.NDArray[np.uint64]) -> Ints:
    if topology == "random":
        return random_order(constituents, identity)
    return ascending_pt_order(constituents) if topology == "ascending_pt" else descending_pt_order(constituents)


@compiled
def _sum(
    counts: Ints,
    vectors: FourVectors,
    harder: npt.NDArray[np.uint16],
    softer: npt.NDArray[np.uint16],
    sums: FourVectors,
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
