"""Where the nodes of a batch of trees stand when they are packed level by level."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from tagwerk.arrays import Bools, Ints
from tagwerk.packed.kernels import ROWS, compiled  # Numba's cache sees no changes of kernels in other files
from tagwerk.packed.threads import side_by_side

Indices = NDArray[np.int32]


@dataclass(frozen=True)
class Levels:
    """M real nodes of J jets: all leaves, then the nodes all of whose children are leaves and so on, I inner ones.

    A node's level is one more than the highest of its children's, so that a level's nodes do not depend on one another.

    Attributes:
        jets: their places in the batch, (J,).
        places: of each packed node, its place among all B N nodes of the batch, (M,).
        counts: how many nodes each level has, (L,).
        children: of each inner node, the rows of its children among the packed nodes, -1 where none, (I, C).
        roots: the row of each jet's last node, (J,).
    """

    jets: Ints
    places: Ints
    counts: Ints
    children: Ints
    roots: Ints

    def __len__(self) -> int:
        """Return how many nodes there are."""
        return len(self.places)

    @property
    def leaves(self) -> int:
        """Return how many of them have no children."""
        return len(self) - len(self.children)

    @cached_property
    def blocks(self) -> Ints:
        """Return where blocks of nodes begin, (K + 1,): each within a level, and small enough for a core's cache."""
        ends = np.cumsum(self.counts)
        starts = (np.arange(end - count, end, ROWS) for end, count in zip(ends, self.counts, strict=True))
        return np.concatenate([*starts, [len(self)]])

    @cached_property
    def edges(self) -> Ints:
        """Return the rows of all children that there are, those of the first inner node first, (E,)."""
        return self.children[self.children >= 0]

    @cached_property
    def first(self) -> Ints:
        """Return where among these the children of each inner node begin, and where all end, (I + 1,)."""
        return np.concatenate([[0], np.cumsum((self.children >= 0).sum(axis=1))])


def pack_trees(children: Indices, mask: Bools, parts: int) -> list[Levels]:
    """Return how to pack the trees of a batch in so many parts, of nearly as many nodes each.

    Args:
        children: indices of each node's children in its jet, negative where none, (B, N, C).
        mask: (B, N), true where real; a child that is not real is none.
        parts: how many at most; jets without nodes, and parts without jets, are left out.

    Raises:
        ValueError: a child stands behind its parent.
    """
    sizes = mask.sum(axis=1)
    order = np.argsort(-sizes, kind="stable")[: np.count_nonzero(sizes)]
    chosen = [order[part::parts] for part in range(parts) if len(order) > part]
    return side_by_side(lambda jets: _packed(children, mask, jets), parts, chosen)


def _packed(children: Indices, mask: Bools, jets: Ints) -> Levels:
    level = np.empty((len(jets), mask.shape[1]), np.int32)
    highest, wrong = _find_levels(children, mask, jets, level)
    if wrong >= 0:
        jet, node = divmod(wrong, mask.shape[1])
        raise ValueError(f"node {node} of jet {jet}: children {children[jet, node]} must stand before their parent")
    counts = np.zeros(highest + 1, np.int64)
    places = np.empty(mask[jets].sum(), np.int64)
    found = np.empty((len(places), children.shape[2]), np.int64)
    roots = np.empty(len(jets), np.int64)
    _sort(children, jets, level, counts, places, found, roots)
    return Levels(jets, places, counts, found[counts[0] :], roots)


@compiled
def _find_levels(children: Indices, mask: Bools, jets: Ints, level: Indices) -> tuple[int, int]:
    """Write the levels (J, N), -1 where no node is; return the highest, and the first node with a child behind it."""
    most = 0
    for row, jet in enumerate(jets):
        for node in range(mask.shape[1]):
            level[row, node] = -1
            if not mask[jet, node]:
                continue
            highest = -1
            for child in children[jet, node]:
                if child >= node:
                    return most, jet * mask.shape[1] + node
                if child >= 0:
                    highest = max(highest, level[row, child])
            level[row, node] = highest + 1
            most = max(most, highest + 1)
    return most, -1


@compiled
def _sort(
    children: Indices, jets: Ints, level: Indices,
    counts: Ints, places: Ints, found: Ints, roots: Ints,
) -> None:  # fmt: skip
    """Write what `Levels` has, with rows for the leaves' children, too."""
    for each in level.ravel():
        if each >= 0:
            counts[each] += 1
    following = np.cumsum(counts) - counts
    row_of = np.empty(level.shape[1], np.int64)
    for row, jet in enumerate(jets):
        for node, each in enumerate(level[row]):
            if each < 0:
                continue
            place = following[each]
            following[each] += 1
            places[place] = jet * level.shape[1] + node
            row_of[node] = roots[row] = place
            for slot, child in enumerate(children[jet, node]):
                found[place, slot] = row_of[child] if child >= 0 and level[row, child] >= 0 else -1
