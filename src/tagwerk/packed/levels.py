"""The order of the nodes of a batch of trees when they are packed level by level."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from tagwerk.arrays import Bools, Ints
from tagwerk.packed.kernels import BLOCK_ROWS
from tagwerk.packed.products import compiled
from tagwerk.packed.threads import parallel_map

Indices = NDArray[np.int32]


@dataclass(frozen=True)
class Levels:
    """M real nodes of J jets: all leaves, then the nodes whose children are all leaves, and so on; I inner nodes.

    A node's level is one above the highest of its children's, so that nodes of the same level are independent.

    Attributes:
        jets: indices in the batch, (J,).
        positions: index of each packed node among all B N nodes of the batch, (M,).
        counts: number of nodes per level, (L,).
        children: rows of each inner node's children among the packed nodes, -1 where none, (I, C).
        roots: row of each jet's last node, (J,).
    """

    jets: Ints
    positions: Ints
    counts: Ints
    children: Ints
    roots: Ints

    def __len__(self) -> int:
        """Return the number of nodes."""
        return len(self.positions)

    @property
    def leaves(self) -> int:
        """Return the number of nodes without children."""
        return len(self) - len(self.children)

    @cached_property
    def blocks(self) -> Ints:
        """Return offsets of blocks of nodes, (K + 1,): each within one level, and small enough for a core's cache."""
        ends = np.cumsum(self.counts)
        starts = (np.arange(end - count, end, BLOCK_ROWS) for end, count in zip(ends, self.counts, strict=True))
        return np.concatenate([*starts, [len(self)]])

    @cached_property
    def edges(self) -> Ints:
        """Return the rows of all existing children, those of the first inner node first, (E,)."""
        return self.children[self.children >= 0]

    @cached_property
    def offsets(self) -> Ints:
        """Return the offsets of each inner node's children among the edges, (I + 1,)."""
        return np.concatenate([[0], np.cumsum((self.children >= 0).sum(axis=1))])


def pack_trees(children: Indices, mask: Bools, parts: int) -> list[Levels]:
    """Return the packed order of a batch of trees, split into parts of nearly equal numbers of nodes.

    Args:
        children: indices of each node's children in its jet, negative where none, (B, N, C).
        mask: (B, N), true where real; a child that is not real is treated as missing.
        parts: maximum number of parts; jets without nodes, and parts without jets, are left out.

    Raises:
        ValueError: a child comes after its parent.
    """
    sizes = mask.sum(axis=1)
    order = np.argsort(-sizes, kind="stable")[: np.count_nonzero(sizes)]
    jets_of_parts = [order[part::parts] for part in range(parts) if len(order) > part]
    return parallel_map(lambda jets: _pack(children, mask, jets), parts, jets_of_parts)


def _pack(children: Indices, mask: Bools, jets: Ints) -> Levels:
    level = np.empty((len(jets), mask.shape[1]), np.int32)
    highest, wrong = _find_levels(children, mask, jets, level)
    if wrong >= 0:
        jet, node = divmod(wrong, mask.shape[1])
        raise ValueError(f"node {node} of jet {jet}: children {children[jet, node]} must come before their parent")
    counts = np.zeros(highest + 1, np.int64)
    positions = np.empty(mask[jets].sum(), np.int64)
    rows = np.empty((len(positions), children.shape[2]), np.int64)
    roots = np.empty(len(jets), np.int64)
    _sort_by_level(children, jets, level, counts, positions, rows, roots)
    return Levels(jets, positions, counts, rows[counts[0] :], roots)


@compiled
def _find_levels(children: Indices, mask: Bools, jets: Ints, level: Indices) -> tuple[int, int]:
    """Write the levels (J, N), -1 where padded; return the highest, and the first node with a child after it."""
    top = 0
    for row, jet in enumerate(jets):
        for node in range(mask.shape[1]):
            level[row, node] = -1
            if not mask[jet, node]:
                continue
            highest = -1
            for child in children[jet, node]:
                if child >= node:
                    return top, jet * mask.shape[1] + node
                if child >= 0:
                    highest = max(highest, level[row, child])
            level[row, node] = highest + 1
            top = max(top, highest + 1)
    return top, -1


@compiled
def _sort_by_level(
    children: Indices, jets: Ints, level: Indices,
    counts: Ints, positions: Ints, rows: Ints, roots: Ints,
) -> None:  # fmt: skip
    """Write the arrays of `Levels`; the rows of children include those of leaves."""
    for node_level in level.ravel():
        if node_level >= 0:
            counts[node_level] += 1
    next_row = np.cumsum(counts) - counts
    row_of = np.empty(level.shape[1], np.int64)
    for index, jet in enumerate(jets):
        for node, node_level in enumerate(level[index]):
            if node_level < 0:
                continue
            row = next_row[node_level]
            next_row[node_level] += 1
            positions[row] = jet * level.shape[1] + node
            row_of[node] = roots[index] = row
            for slot, child in enumerate(children[jet, node]):
                rows[row, slot] = row_of[child] if child >= 0 and level[index, child] >= 0 else -1
