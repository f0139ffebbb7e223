"""A recursive layer on a batch of trees, whose parts run in parallel threads."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tagwerk.arrays import Floats32
from tagwerk.packed.aligned import aligned_empty, aligned_zeros, as_rows
from tagwerk.packed.levels import Levels, pack_trees
from tagwerk.packed.recursive_cells import TreeKernels
from tagwerk.packed.threads import parallel_map


class Trees(NamedTuple):
    """A batch of trees.

    Attributes:
        nodes: (B, N, F).
        children: indices of each node's children in its jet, which come before it; negative where none, (B, N, C).
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
        root: whether the output is the state of each jet's last node only.
    """

    cell: TreeKernels
    units: int
    root: bool


def run(
    layer: Recursion, trees: Trees, weights: Sequence[Floats32], threads: int, keep_residuals: bool = True
) -> tuple[Floats32, list[Floats32]]:
    """Return the states, and the residuals for `gradients`.

    Args:
        layer: its cell and output.
        trees: the batch.
        weights: of the cell.
        threads: number of parts that the batch is split into.
        keep_residuals: whether `gradients` is to follow.

    Returns:
        (B, N, U), zero where padded, or, of the last nodes, (B, U), zero for a jet without nodes.

    Raises:
        ValueError: a child comes after its parent.
    """
    packed = pack_trees(trees.children, trees.mask, threads)
    out = aligned_zeros((len(trees.mask), layer.units) if layer.root else (*trees.mask.shape, layer.units))
    residuals = _allocate(layer, packed, keep_residuals)

    def run_part(levels: Levels, part: Sequence[Floats32]) -> None:
        layer.cell.forward(as_rows(trees.nodes).take(levels.positions, axis=0), levels, weights, keep_residuals, part)
        if layer.root:
            out[levels.jets] = part[0][levels.roots]
        else:
            as_rows(out)[levels.positions] = part[0]

    parallel_map(run_part, threads, packed, list(_parts(layer, packed, residuals, keep_residuals)))
    return out, residuals


def gradients(
    layer: Recursion,
    trees: Trees,
    grad_outputs: Floats32,
    weights: Sequence[Floats32],
    residuals: Sequence[Floats32],
    threads: int,
) -> tuple[Floats32, list[Floats32]]:
    """Return the gradients of the nodes (B, N, F) and of all weights.

    A node with several parents gets the sum of their contributions.

    Args:
        layer: as in `run`.
        trees: the batch.
        grad_outputs: gradients of the outputs.
        weights: of the cell.
        residuals: from `run`.
        threads: as in `run`.
    """
    packed, grad_nodes = pack_trees(trees.children, trees.mask, threads), aligned_zeros(trees.nodes.shape)

    def part_gradients(levels: Levels, part: Sequence[Floats32]) -> list[Floats32]:
        if layer.root:
            grad_states = np.zeros_like(part[0])
            grad_states[levels.roots] = grad_outputs[levels.jets]
        else:
            grad_states = as_rows(grad_outputs).take(levels.positions, axis=0)
        nodes = as_rows(trees.nodes).take(levels.positions, axis=0)
        as_rows(grad_nodes)[levels.positions], grad_weights = layer.cell.backward(
            nodes, grad_states, levels, weights, part
        )
        return grad_weights

    total = [np.zeros_like(weight) for weight in weights]
    parts = list(_parts(layer, packed, residuals, True))
    for grad_weights in parallel_map(part_gradients, threads, packed, parts):  # in order: the sums repeat to the bit
        for weight, addend in zip(total, grad_weights, strict=True):
            weight += addend
    return grad_nodes, total


def _allocate(layer: Recursion, packed: Sequence[Levels], keep_residuals: bool) -> list[Floats32]:
    shapes = [
        [residual.shape(levels, layer.units, keep_residuals) for residual in layer.cell.residuals] for levels in packed
    ]
    return [
        aligned_empty((sum(part[index][0] for part in shapes), shapes[0][index][1] if shapes else layer.units))
        for index in range(len(layer.cell.residuals))
    ]


def _parts(
    layer: Recursion, packed: Sequence[Levels], residuals: Sequence[Floats32], keep_residuals: bool
) -> Iterator[list[Floats32]]:
    """Yield the residuals of each part of the batch."""
    starts = [0] * len(residuals)
    for levels in packed:
        counts = [residual.shape(levels, layer.units, keep_residuals)[0] for residual in layer.cell.residuals]
        yield [array[start:][:count] for array, start, count in zip(residuals, starts, counts, strict=True)]
        starts = [start + count for start, count in zip(starts, counts, strict=True)]
