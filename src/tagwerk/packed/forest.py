"""A recursive layer on a whole batch of trees, its parts side by side on the processor's cores."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tagwerk.arrays import Floats32
from tagwerk.packed.aligned import aligned, rows, zeros
from tagwerk.packed.levels import Levels, pack_trees
from tagwerk.packed.recursive_cells import TreeCell
from tagwerk.packed.threads import side_by_side


class Trees(NamedTuple):
    """A batch of trees.

    Attributes:
        nodes: (B, N, F).
        children: indices of each node's children in its jet, which stand before it; negative where none, (B, N, C).
        mask: (B, N), true where real.
    """

    nodes: Floats32
    children: NDArray[np.int32]
    mask: NDArray[np.bool_]


@dataclass(frozen=True)
class Recursion:
    """A recursive layer.

    Attributes:
        cell: of every node.
        units: U.
        root: whether only the state of each jet's last node comes out.
    """

    cell: TreeCell
    units: int
    root: bool


def run(
    layer: Recursion, trees: Trees, weights: Sequence[Floats32], threads: int, keeps: bool = True
) -> tuple[Floats32, list[Floats32]]:
    """Return the states, and what `gradients` needs.

    Args:
        layer: its cell, and what comes out.
        trees: the batch.
        weights: of the cell.
        threads: into how many parts the batch is split.
        keeps: whether `gradients` is to follow.

    Returns:
        (B, N, U), zero where not real, or, of the last nodes, (B, U), zero for a jet without any node.

    Raises:
        ValueError: a child stands behind its parent.
    """
    packed = pack_trees(trees.children, trees.mask, threads)
    out = zeros((len(trees.mask), layer.units) if layer.root else (*trees.mask.shape, layer.units))
    shapes = [[each.shape(levels, layer.units, keeps) for each in layer.cell.kept] for levels in packed]
    kept = [
        aligned((sum(some[number][0] for some in shapes), shapes[0][number][1] if shapes else layer.units))
        for number in range(len(layer.cell.kept))
    ]

    def part(levels: Levels, piece: Sequence[Floats32]) -> None:
        layer.cell.forward(rows(trees.nodes).take(levels.places, axis=0), levels, weights, keeps, piece)
        if layer.root:
            out[levels.jets] = piece[0][levels.roots]
        else:
            rows(out)[levels.places] = piece[0]

    side_by_side(part, threads, packed, list(_pieces(layer, packed, kept, keeps)))
    return out, kept


def gradients(
    layer: Recursion, trees: Trees, slope: Floats32, weights: Sequence[Floats32], kept: Sequence[Floats32], threads: int
) -> tuple[Floats32, list[Floats32]]:
    """Return the gradients by the nodes (B, N, F) and by all weights.

    A node that is the child of several has the sum of what comes from all.

    Args:
        layer: as in `run`.
        trees: the batch.
        slope: the gradient by what came out.
        weights: of the cell.
        kept: by `run`.
        threads: as in `run`.
    """
    packed, by_nodes = pack_trees(trees.children, trees.mask, threads), zeros(trees.nodes.shape)

    def part(levels: Levels, piece: Sequence[Floats32]) -> list[Floats32]:
        if layer.root:
            slopes = np.zeros_like(piece[0])
            slopes[levels.roots] = slope[levels.jets]
        else:
            slopes = rows(slope).take(levels.places, axis=0)
        nodes = rows(trees.nodes).take(levels.places, axis=0)
        rows(by_nodes)[levels.places], by_weights = layer.cell.backward(nodes, slopes, levels, weights, piece)
        return by_weights

    total = [np.zeros_like(weight) for weight in weights]
    pieces = list(_pieces(layer, packed, kept, True))
    for found in side_by_side(part, threads, packed, pieces):  # in this order, so that the sums repeat to the bit
        for weight, addend in zip(total, found, strict=True):
            weight += addend
    return by_nodes, total


def _pieces(
    layer: Recursion, packed: Sequence[Levels], kept: Sequence[Floats32], keeps: bool
) -> Iterator[list[Floats32]]:
    """Yield what of it belongs to each part of the batch."""
    starts = [0] * len(kept)
    for levels in packed:
        counts = [each.shape(levels, layer.units, keeps)[0] for each in layer.cell.kept]
        yield [array[start:][:count] for array, start, count in zip(kept, starts, counts, strict=True)]
        starts = [start + count for start, count in zip(starts, counts, strict=True)]
