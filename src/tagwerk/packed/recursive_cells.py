"""The recursive cells: the residuals of each, and the layout of its weights in the compiled functions."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tagwerk.arrays import Floats32
from tagwerk.packed import recnn_gated, recnn_simple, tree_lstm
from tagwerk.packed.kernels import BLOCK_ROWS
from tagwerk.packed.levels import Levels

Arrays = Sequence[Floats32]


@dataclass(frozen=True)
class ResidualSpec:
    """An array that the forward pass writes for the backward pass.

    Attributes:
        rows: one per node (`nodes`, M), per inner node (`inner`, I), or per edge from child to parent (`edges`, E).
        width: number of columns, in units of U.
        width_per_child: further columns for each child that a node can have, in units of U.
        always: whether the forward pass itself needs all rows.
    """

    rows: str
    width: int
    width_per_child: int = 0
    always: bool = False

    def shape(self, levels: Levels, units: int, keep_residuals: bool) -> tuple[int, int]:
        """Return the shape for these nodes; without a backward pass, there are only the rows of one block."""
        slots = levels.children.shape[1]
        rows = {"nodes": len(levels), "inner": len(levels.children), "edges": len(levels.edges)}[self.rows]
        block = BLOCK_ROWS * slots if self.rows == "edges" else BLOCK_ROWS
        return rows if keep_residuals or self.always else block, (self.width + self.width_per_child * slots) * units


@dataclass(frozen=True)
class TreeKernels:
    """The compiled passes of a recursive cell of U units.

    Attributes:
        residuals: arrays that the forward pass writes, the states first.
        forward: (nodes (M, F), levels, weights, keep_residuals, residuals) -> None.
        backward: (nodes, grad_states, levels, weights, residuals) -> gradients of the nodes and of all weights.
    """

    residuals: tuple[ResidualSpec, ...]
    forward: Callable[[Floats32, Levels, Arrays, bool, Arrays], None]
    backward: Callable[[Floats32, Floats32, Levels, Arrays, Arrays], tuple[Floats32, list[Floats32]]]


def _tree_lstm(ordered: bool) -> TreeKernels:
    """Return a Tree-LSTM; the columns of its weights W (F, 4 U), R and b are i, the forget gates, g and o."""

    def forward(nodes: Floats32, levels: Levels, weights: Arrays, keep_residuals: bool, residuals: Arrays) -> None:
        edges, offsets = _edges(levels, ordered)
        parts = _split_gates(weights)
        tree_lstm.forward(ordered, nodes, edges, offsets, levels.blocks, keep_residuals, *parts, *_per_edge(residuals))

    def backward(
        nodes: Floats32, grad_states: Floats32, levels: Levels, weights: Arrays, residuals: Arrays
    ) -> tuple[Floats32, list[Floats32]]:
        edges, offsets = _edges(levels, ordered)
        parts = _split_gates(weights)
        inputs: list[Any] = [edges, offsets, levels.blocks, *_transposed(parts[:4]), *_per_edge(residuals), grad_states]
        grad_nodes, *grad_parts = [np.empty_like(nodes), *(np.zeros_like(part) for part in parts)]
        tree_lstm.backward(ordered, nodes, *inputs, *[grad_nodes, *grad_parts])
        return grad_nodes, [_join_gates(*pair) for pair in zip(grad_parts[::2], grad_parts[1::2], strict=True)]

    forget_gates = ResidualSpec("inner", 0, width_per_child=1) if ordered else ResidualSpec("edges", 1)
    return TreeKernels((_STATES, _STATES, ResidualSpec("nodes", 3), forget_gates), forward, backward)


def _edges(levels: Levels, ordered: bool) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return `edges` and `offsets` of the levels; for ordered children, missing ones have an edge (-1) too."""
    if not ordered:
        return levels.edges, levels.offsets
    nodes, slots = levels.children.shape
    return levels.children.ravel(), np.arange(nodes + 1) * slots


def _per_edge(residuals: Arrays) -> Iterator[Floats32]:
    """Yield the residuals, with the forget gates as one row per edge, (E, U)."""
    *others, forget_gates = residuals
    yield from others
    yield forget_gates.reshape(-1, others[0].shape[1])


def _split_gates(weights: Arrays) -> list[Floats32]:
    """Return the columns of the gates i, o and g, and those of the forget gates, of each weight in turn."""
    parts: list[Floats32] = []
    for weight in weights:
        i, *forget_gates, g, o = np.split(weight, 4 * weight.shape[-1] // weights[-1].shape[-1], axis=-1)
        parts += [np.concatenate(gates, axis=-1) for gates in ([i, o, g], forget_gates)]
    return parts


def _join_gates(others: Floats32, forget_gates: Floats32) -> Floats32:
    """Return the inverse of `_split_gates` for one weight."""
    i, o, g = np.split(others, 3, axis=-1)
    return np.concatenate([i, forget_gates, g, o], axis=-1)


def _transposed(weights: Arrays) -> list[Floats32]:
    return [np.ascontiguousarray(weight.T) for weight in weights]


def _recnn(kernels: Any, residuals: tuple[ResidualSpec, ...]) -> TreeKernels:
    """Return a network of arXiv:1702.00748; its weights are a matrix, its bias, the next matrix and so on."""

    def forward(nodes: Floats32, levels: Levels, weights: Arrays, keep_residuals: bool, residuals: Arrays) -> None:
        kernels.forward(nodes, levels.children, levels.blocks, keep_residuals, *weights, *residuals)

    def backward(
        nodes: Floats32, grad_states: Floats32, levels: Levels, weights: Arrays, residuals: Arrays
    ) -> tuple[Floats32, list[Floats32]]:
        grad_nodes, grad_weights = np.empty_like(nodes), [np.zeros_like(weight) for weight in weights]
        kernels.backward(
            nodes, levels.children, levels.blocks, *_transposed(weights[::2]), *residuals, grad_states,
            grad_nodes, *grad_weights,
        )  # fmt: skip
        return grad_nodes, grad_weights

    return TreeKernels(residuals, forward, backward)


_STATES, _OWN = ResidualSpec("nodes", 1, always=True), ResidualSpec("inner", 1)
CHILD_SUM, N_ARY = _tree_lstm(ordered=False), _tree_lstm(ordered=True)
SIMPLE = _recnn(recnn_simple, (_STATES, _OWN))
GATED = _recnn(recnn_gated, (_STATES, _OWN, ResidualSpec("inner", 1, 1), _OWN, ResidualSpec("inner", 2, 1)))
