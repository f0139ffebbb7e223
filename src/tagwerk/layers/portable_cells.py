"""The recursive cells with Keras operations only: their weights, and a node's state from its children's."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import keras
from keras import ops

from tagwerk.arrays import Tensor

Shape = tuple[int, ...]


@dataclass(frozen=True)
class Weight:
    """A weight of a cell, with the arguments of `keras.layers.Layer.add_weight`."""

    name: str
    shape: Shape
    initializer: Any


@dataclass(frozen=True)
class RecursiveCell:
    """A recursive cell of U units.

    Attributes:
        weights: (F, C, U) -> the weights.
        own: (features (B, F), weights) -> the contribution of the node's own features, (B, G).
        state: (own (B, G), children's states (B, C, S), whether there is a child (B, 1), weights) -> states (B, S),
            the first U of which are the output.
        cell_state: whether a cell state (U) follows the hidden state, S = 2 U.
    """

    weights: Callable[[int, int, int], list[Weight]]
    own: Callable[[Tensor, Sequence[Tensor]], Tensor]
    state: Callable[[Tensor, Tensor, Tensor, Sequence[Tensor]], Tensor]
    cell_state: bool


def _orthogonal(blocks: int) -> Callable[..., Tensor]:
    """Return an initializer of matrices whose blocks of columns are each orthogonal."""
    initializers = [keras.initializers.Orthogonal() for _ in range(blocks)]

    def initial(shape: Shape, dtype: Any = None) -> Tensor:
        block = (shape[0], shape[1] // blocks)
        return ops.concatenate([initializer(block, dtype=dtype) for initializer in initializers], axis=1)

    return initial


def _unit_forget_bias(shape: Shape, dtype: Any = None) -> Tensor:
    """Return the bias of gates i, f, g and o: ones for f, as in Keras's LSTM."""
    return ops.repeat(ops.convert_to_tensor([0, 1, 0, 0], dtype=dtype or "float32"), shape[0] // 4)


def _tree_lstm_weights(ordered: bool) -> Callable[[int, int, int], list[Weight]]:
    def weights(features: int, children: int, units: int) -> list[Weight]:
        rows, gates = (children * units, 3 + children) if ordered else (units, 4)
        return [
            Weight("kernel", (features, 4 * units), "glorot_uniform"),
            Weight("recurrent_kernel", (rows, gates * units), _orthogonal(gates)),
            Weight("bias", (4 * units,), _unit_forget_bias),
        ]

    return weights


def _gates(nodes: Tensor, weights: Sequence[Tensor]) -> Tensor:
    kernel, _, bias = weights
    return ops.matmul(nodes, kernel) + bias


def _n_ary(own: Tensor, children: Tensor, inner: Tensor, weights: Sequence[Tensor]) -> Tensor:
    """Every gate sees all children, each of which has its own forget gate (arXiv:1503.00075, equations 9-14)."""
    h, c = ops.split(children, 2, axis=-1)
    slots = children.shape[1]
    h_gates = ops.matmul(ops.reshape(h, (-1, slots * h.shape[2])), weights[1])
    i, *f, g, o = ops.split(h_gates, 3 + slots, axis=-1)
    return _lstm_state(own, (i, ops.stack(f, axis=1), g, o), c)


def _child_sum(own: Tensor, children: Tensor, inner: Tensor, weights: Sequence[Tensor]) -> Tensor:
    """The gates see the sum of the children, a forget gate its own child (arXiv:1503.00075, equations 2-8)."""
    h, c = ops.split(children, 2, axis=-1)
    r_i, r_f, r_g, r_o = ops.split(weights[1], 4, axis=1)
    total = ops.sum(h, axis=1)
    h_gates = [ops.matmul(*factors) for factors in ((total, r_i), (h, r_f), (total, r_g), (total, r_o))]
    return _lstm_state(own, h_gates, c)


def _lstm_state(own: Tensor, h_gates: Sequence[Tensor], cell_states: Tensor) -> Tensor:
    """Return h and c, concatenated to (B, 2 U); f and the children's cell states are (B, C, U)."""
    x_gates = ops.split(own, 4, axis=-1)
    i, g, o = (x + h for x, h in zip(x_gates[:1] + x_gates[2:], (h_gates[0], *h_gates[2:]), strict=True))
    f = x_gates[1][:, None] + h_gates[1]
    c = ops.sigmoid(i) * ops.tanh(g) + ops.sum(ops.sigmoid(f) * cell_states, axis=1)
    return ops.concatenate([ops.sigmoid(o) * ops.tanh(c), c], axis=-1)


def _recnn_weights(*shapes: tuple[str, int, int]) -> Callable[[int, int, int], list[Weight]]:
    """Return the weights of u, and a kernel and a bias per shape (name, high, wide).

    A kernel has (C + high) U rows and (C + wide) U columns, or U columns if wide is zero.
    """

    def weights(features: int, children: int, units: int) -> list[Weight]:
        pairs = [Weight("kernel", (features, units), "glorot_uniform"), Weight("bias", (units,), "zeros")]
        for name, high, wide in shapes:
            columns = wide if wide == 0 else children + wide
            shape = ((children + high) * units, (columns or 1) * units)
            pairs.append(Weight(f"{name}_kernel", shape, _orthogonal(columns or 1)))
            pairs.append(Weight(f"{name}_bias", shape[1:], "zeros"))
        return pairs

    return weights


def _dense_relu(nodes: Tensor, weights: Sequence[Tensor]) -> Tensor:
    return ops.relu(ops.matmul(nodes, weights[0]) + weights[1])


def _simple(own: Tensor, children: Tensor, inner: Tensor, weights: Sequence[Tensor]) -> Tensor:
    """A leaf has h = u, others h = relu(W [h_1; ...; h_C; u] + b) (arXiv:1702.00748, equations 1-3)."""
    _, _, kernel, bias = weights
    return ops.where(inner, ops.relu(ops.matmul(_concatenated(own, children), kernel) + bias), own)


def _gated(own: Tensor, children: Tensor, inner: Tensor, weights: Sequence[Tensor]) -> Tensor:
    """A leaf has h = u, others mix a candidate, the children and u unit by unit (arXiv:1702.00748, B)."""
    reset, reset_bias, candidate, candidate_bias, update, update_bias = weights[2:]
    parts = _concatenated(own, children)
    # The published code's sigmoid is (tanh(x) + 1) / 2.
    r = ops.sigmoid(2 * (ops.matmul(parts, reset) + reset_bias))
    new = ops.relu(ops.matmul(r * parts, candidate) + candidate_bias)
    mixed = ops.concatenate([new, parts], axis=-1)
    shape = (-1, children.shape[1] + 2, own.shape[-1])
    z = ops.softmax(ops.reshape(ops.matmul(mixed, update) + update_bias, shape), axis=1)
    return ops.where(inner, ops.sum(z * ops.reshape(mixed, shape), axis=1), own)


def _concatenated(own: Tensor, children: Tensor) -> Tensor:
    """Return [h_1; ...; h_C; u], (B, (C + 1) U)."""
    flat = ops.reshape(children, (-1, children.shape[1] * children.shape[2]))
    return ops.concatenate([flat, own], axis=-1)


CHILD_SUM = RecursiveCell(_tree_lstm_weights(ordered=False), _gates, _child_sum, cell_state=True)
N_ARY = RecursiveCell(_tree_lstm_weights(ordered=True), _gates, _n_ary, cell_state=True)
SIMPLE = RecursiveCell(_recnn_weights(("recurrent", 1, 0)), _dense_relu, _simple, cell_state=False)
GATED = RecursiveCell(
    _recnn_weights(("reset", 1, 1), ("candidate", 1, 0), ("update", 2, 2)), _dense_relu, _gated, cell_state=False
)
