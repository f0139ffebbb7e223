"""The recursive cells by operations of Keras alone: their weights, and the state of a node from its children's."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import keras
from keras import ops

from tagwerk.arrays import Tensor

Shape = tuple[int, ...]


@dataclass(frozen=True)
class Weight:
    """A weight of a cell.

    Attributes:
        name: of the weight.
        shape: of it.
        initializer: what it is at first.
    """

    name: str
    shape: Shape
    initializer: Any


@dataclass(frozen=True)
class RecursiveCell:
    """A recursive cell of U units.

    Attributes:
        weights: (F, C, U) -> the weights.
        own: (features (B, F), weights) -> what a node gives by itself, (B, G).
        state: (own (B, G), children's states (B, C, S), whether there is a child (B, 1), weights) -> states (B, S),
            the first U of which come out.
        memory: whether there is a memory (U) behind the state, S = 2 U.
    """

    weights: Callable[[int, int, int], list[Weight]]
    own: Callable[[Tensor, Sequence[Tensor]], Tensor]
    state: Callable[[Tensor, Tensor, Tensor, Sequence[Tensor]], Tensor]
    memory: bool


def _orthogonal(blocks: int) -> Callable[..., Tensor]:
    """Return an initializer of matrices whose blocks of columns are orthogonal, each by itself."""
    each = [keras.initializers.Orthogonal() for _ in range(blocks)]

    def initial(shape: Shape, dtype: Any = None) -> Tensor:
        return ops.concatenate([one((shape[0], shape[1] // blocks), dtype=dtype) for one in each], axis=1)

    return initial


def _open(shape: Shape, dtype: Any = None) -> Tensor:
    """Return the bias of gates i, f, g and o: ones for f, as in Keras's LSTM."""
    return ops.repeat(ops.convert_to_tensor([0, 1, 0, 0], dtype=dtype or "float32"), shape[0] // 4)


def _of_tree_lstm(ordered: bool) -> Callable[[int, int, int], list[Weight]]:
    def weights(features: int, children: int, units: int) -> list[Weight]:
        rows, gates = (children * units, 3 + children) if ordered else (units, 4)
        return [
            Weight("kernel", (features, 4 * units), "glorot_uniform"),
            Weight("recurrent_kernel", (rows, gates * units), _orthogonal(gates)),
            Weight("bias", (4 * units,), _open),
        ]

    return weights


def _gates(nodes: Tensor, weights: Sequence[Tensor]) -> Tensor:
    kernel, _, bias = weights
    return ops.matmul(nodes, kernel) + bias


def _n_ary(own: Tensor, children: Tensor, inner: Tensor, weights: Sequence[Tensor]) -> Tensor:
    """Every gate sees all children, each of which has its own forget gate (arXiv:1503.00075, equations 9-14)."""
    h, c = ops.split(children, 2, axis=-1)
    slots = children.shape[1]
    fed = ops.matmul(ops.reshape(h, (-1, slots * h.shape[2])), weights[1])
    i, *f, g, o = ops.split(fed, 3 + slots, axis=-1)
    return _updated(own, (i, ops.stack(f, axis=1), g, o), c)


def _child_sum(own: Tensor, children: Tensor, inner: Tensor, weights: Sequence[Tensor]) -> Tensor:
    """The gates see the sum of the children, a forget gate its own (arXiv:1503.00075, equations 2-8)."""
    h, c = ops.split(children, 2, axis=-1)
    for_i, for_f, for_g, for_o = ops.split(weights[1], 4, axis=1)
    total = ops.sum(h, axis=1)
    return _updated(
        own, [ops.matmul(*each) for each in ((total, for_i), (h, for_f), (total, for_g), (total, for_o))], c
    )


def _updated(own: Tensor, fed: Sequence[Tensor], memories: Tensor) -> Tensor:
    """Return h and c side by side, (B, 2 U), where f and the children's memories are (B, C, U)."""
    from_x = ops.split(own, 4, axis=-1)
    i, g, o = (each + more for each, more in zip(from_x[:1] + from_x[2:], (fed[0], *fed[2:]), strict=True))
    f = from_x[1][:, None] + fed[1]
    c = ops.sigmoid(i) * ops.tanh(g) + ops.sum(ops.sigmoid(f) * memories, axis=1)
    return ops.concatenate([ops.sigmoid(o) * ops.tanh(c), c], axis=-1)


def _matrices(*shapes: tuple[str, int, int]) -> Callable[[int, int, int], list[Weight]]:
    """Return the weights of u, and others: of each its name, and by how many parts it is high and wide, less C."""

    def weights(features: int, children: int, units: int) -> list[Weight]:
        found = [Weight("kernel", (features, units), "glorot_uniform"), Weight("bias", (units,), "zeros")]
        for name, high, wide in shapes:
            columns = wide if wide == 0 else children + wide
            shape = ((children + high) * units, (columns or 1) * units)
            found.append(Weight(f"{name}_kernel", shape, _orthogonal(columns or 1)))
            found.append(Weight(f"{name}_bias", shape[1:], "zeros"))
        return found

    return weights


def _rectified(nodes: Tensor, weights: Sequence[Tensor]) -> Tensor:
    return ops.relu(ops.matmul(nodes, weights[0]) + weights[1])


def _simple(own: Tensor, children: Tensor, inner: Tensor, weights: Sequence[Tensor]) -> Tensor:
    """A leaf has h = u, others h = relu(W [h_1; ...; h_C; u] + b) (arXiv:1702.00748, equations 1-3)."""
    _, _, kernel, bias = weights
    return ops.where(inner, ops.relu(ops.matmul(_side_by_side(own, children), kernel) + bias), own)


def _gated(own: Tensor, children: Tensor, inner: Tensor, weights: Sequence[Tensor]) -> Tensor:
    """A leaf has h = u, others mix a candidate, the children and u unit by unit (arXiv:1702.00748, B)."""
    reset, reset_bias, candidate, candidate_bias, update, update_bias = weights[2:]
    parts = _side_by_side(own, children)
    # The published code's sigmoid is (tanh(x) + 1) / 2.
    r = ops.sigmoid(2 * (ops.matmul(parts, reset) + reset_bias))
    new = ops.relu(ops.matmul(r * parts, candidate) + candidate_bias)
    mixed = ops.concatenate([new, parts], axis=-1)
    shape = (-1, children.shape[1] + 2, own.shape[-1])
    z = ops.softmax(ops.reshape(ops.matmul(mixed, update) + update_bias, shape), axis=1)
    return ops.where(inner, ops.sum(z * ops.reshape(mixed, shape), axis=1), own)


def _side_by_side(own: Tensor, children: Tensor) -> Tensor:
    """Return [h_1; ...; h_C; u], (B, (C + 1) U)."""
    flat = ops.reshape(children, (-1, children.shape[1] * children.shape[2]))
    return ops.concatenate([flat, own], axis=-1)


CHILD_SUM = RecursiveCell(_of_tree_lstm(ordered=False), _gates, _child_sum, memory=True)
N_ARY = RecursiveCell(_of_tree_lstm(ordered=True), _gates, _n_ary, memory=True)
SIMPLE = RecursiveCell(_matrices(("recurrent", 1, 0)), _rectified, _simple, memory=False)
GATED = RecursiveCell(
    _matrices(("reset", 1, 1), ("candidate", 1, 0), ("update", 2, 2)), _rectified, _gated, memory=False
)
