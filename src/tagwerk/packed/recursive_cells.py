"""The recursive cells: what each keeps for its gradient, and how its weights go to what is compiled."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tagwerk.arrays import Floats32
from tagwerk.packed import recnn_gated, recnn_simple, tree_lstm
from tagwerk.packed.kernels import ROWS
from tagwerk.packed.levels import Levels

Arrays = Sequence[Floats32]


@dataclass(frozen=True)
class ResidualSpec:
    """An array that the forward pass leaves to the backward one.

    Attributes:
        of: whose rows they are: those of nodes (M), of inner ones (I), or of edges (E) from children to parents.
        width: how many columns there are, over U; and more of them for every child that a node can have.
        each_child: the latter.
        always: whether the forward pass needs all of it itself.
    """

    of: str
    width: int
    each_child: int = 0
    always: bool = False

    def shape(self, levels: Levels, units: int, keeps: bool) -> tuple[int, int]:
        """Return its shape for some nodes; without a backward pass, it has as many rows as a block."""
        slots = levels.children.shape[1]
        rows = {"nodes": len(levels), "inner": len(levels.children), "edges": len(levels.edges)}[self.of]
        block = ROWS * slots if self.of == "edges" else ROWS
        return rows if keeps or self.always else block, (self.width + self.each_child * slots) * units


@dataclass(frozen=True)
class TreeCell:
    """A recursive cell of U units.

    Attributes:
        kept: what its forward pass leaves, the states first.
        forward: (nodes (M, F), levels, weights, keeps, kept) -> None.
        backward: (nodes, by_states, levels, weights, kept) -> gradients by the nodes and by all weights.
    """

    kept: tuple[ResidualSpec, ...]
    forward: Callable[[Floats32, Levels, Arrays, bool, Arrays], None]
    backward: Callable[[Floats32, Floats32, Levels, Arrays, Arrays], tuple[Floats32, list[Floats32]]]


def _tree_lstm(ordered: bool) -> TreeCell:
    """Return a Tree-LSTM; its weights W (F, 4 U), R and b have i, the forget gates, g and o side by side."""

    def forward(nodes: Floats32, levels: Levels, weights: Arrays, keeps: bool, kept: Arrays) -> None:
        edges, first = _edges(levels, ordered)
        parts = _apart(weights)
        tree_lstm.forward(ordered, nodes, edges, first, levels.blocks, keeps, *parts, *_by_edge(kept))

    def backward(
        nodes: Floats32, by_states: Floats32, levels: Levels, weights: Arrays, kept: Arrays
    ) -> tuple[Floats32, list[Floats32]]:
        edges, first = _edges(levels, ordered)
        parts = _apart(weights)
        inputs: list[Any] = [edges, first, levels.blocks, *_transposed(parts[:4]), *_by_edge(kept), by_states]
        by_nodes, *found = [np.empty_like(nodes), *(np.zeros_like(part) for part in parts)]
        tree_lstm.backward(ordered, nodes, *inputs, *[by_nodes, *found])
        return by_nodes, [_together(*pair) for pair in zip(found[::2], found[1::2], strict=True)]

    forgets = ResidualSpec("inner", 0, each_child=1) if ordered else ResidualSpec("edges", 1)
    return TreeCell((_STATES, _STATES, ResidualSpec("nodes", 3), forgets), forward, backward)


def _edges(levels: Levels, ordered: bool) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return `edges` and `first` of the levels, with those that are none where the children are ordered."""
    if not ordered:
        return levels.edges, levels.first
    nodes, slots = levels.children.shape
    return levels.children.ravel(), np.arange(nodes + 1) * slots


def _by_edge(kept: Arrays) -> Iterator[Floats32]:
    """Yield what is kept, the forget gates (E, U) a row an edge."""
    *others, forgets = kept
    yield from others
    yield forgets.reshape(-1, others[0].shape[1])


def _apart(weights: Arrays) -> list[Floats32]:
    """Return of each weight the columns of the gates i, o and g, and those of the forget gates."""
    found: list[Floats32] = []
    for weight in weights:
        i, *forgets, g, o = np.split(weight, 4 * weight.shape[-1] // weights[-1].shape[-1], axis=-1)
        found += [np.concatenate(some, axis=-1) for some in ([i, o, g], forgets)]
    return found


def _together(others: Floats32, forgets: Floats32) -> Floats32:
    """Return what `_apart` took apart."""
    i, o, g = np.split(others, 3, axis=-1)
    return np.concatenate([i, forgets, g, o], axis=-1)


def _transposed(weights: Arrays) -> list[Floats32]:
    return [np.ascontiguousarray(weight.T) for weight in weights]


def _recnn(kernels: Any, kept: tuple[ResidualSpec, ...]) -> TreeCell:
    """Return a network of arXiv:1702.00748; its weights are a matrix, the bias to it, the next matrix and so on."""

    def forward(nodes: Floats32, levels: Levels, weights: Arrays, keeps: bool, kept: Arrays) -> None:
        kernels.forward(nodes, levels.children, levels.blocks, keeps, *weights, *kept)

    def backward(
        nodes: Floats32, by_states: Floats32, levels: Levels, weights: Arrays, kept: Arrays
    ) -> tuple[Floats32, list[Floats32]]:
        by_nodes, found = np.empty_like(nodes), [np.zeros_like(weight) for weight in weights]
        matrices = _transposed(weights[::2])
        kernels.backward(nodes, levels.children, levels.blocks, *matrices, *kept, by_states, by_nodes, *found)
        return by_nodes, found

    return TreeCell(kept, forward, backward)


_STATES, _OWN = ResidualSpec("nodes", 1, always=True), ResidualSpec("inner", 1)
CHILD_SUM, N_ARY = _tree_lstm(ordered=False), _tree_lstm(ordered=True)
SIMPLE = _recnn(recnn_simple, (_STATES, _OWN))
GATED = _recnn(recnn_gated, (_STATES, _OWN, ResidualSpec("inner", 1, 1), _OWN, ResidualSpec("inner", 2, 1)))
