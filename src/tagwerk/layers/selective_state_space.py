"""The selective state-space model of Mamba (arXiv:2312.00752), on packed constituents."""

import math
from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
from keras import ops

from tagwerk.arrays import Tensor
from tagwerk.layers.explicit_mask import ExplicitMask
from tagwerk.layers.packed_constituents import Pack, Unpack
from tagwerk.layers.precision import packs

Shape = tuple[Any, ...]

_STEPS = (0.001, 0.1)  # the range of delta before training


@keras.saving.register_keras_serializable("tagwerk")
class SelectiveStateSpace(ExplicitMask):
    """S6 with its gate: y = silu(z) (C · h + D x) with h' = exp(Δ A) h + Δ B x, where Δ, B and C depend on x.

    arXiv:2312.00752, algorithm 2 and figure 3. Each of the E features has its own h of N states, with a real, negative
    and diagonal A; B and C, which all features share, are linear in x; Δ = softplus(W V x + b), where V x has E / 32
    numbers. As in the authors' code, A starts as -1, ..., -N, D as one, and Δ between 0.001 and 0.1.

    Args:
        states: N.

    Call arguments: rows x and gate z, (M + 1, E), the real constituents of all jets, as `Pack` returns them;
    mask (B, T), true where real.
    Returns: (M + 1, E).
    """

    def __init__(self, states: int, **options: Any) -> None:
        super().__init__(**options)
        self.states = states

    def build(self, rows_shape: Shape, gate_shape: Shape) -> None:
        """Create the weights."""
        width = rows_shape[-1]
        self.rank = -(-width // 32)
        self.projection = keras.layers.Dense(self.rank + 2 * self.states, use_bias=False, dtype=self.dtype_policy)
        self.projection.build(rows_shape)
        self.scan = keras.layers.RNN(
            _Cell(self.rank, self.states, width), return_sequences=True, zero_output_for_mask=True, dtype="float32"
        )
        self.scan.build((None, None, width + self.projection.units))

    def compute_output_shape(self, rows_shape: Shape, gate_shape: Shape) -> Shape:
        """Return the shape of the output."""
        return rows_shape

    def call(self, rows: Tensor, gate: Tensor, mask: Tensor) -> Tensor:
        """Return y."""
        projected, cell = self.projection(rows), self.scan.cell
        if packs(self.compute_dtype):
            from tagwerk.layers.jet_rows_op import outputs
            from tagwerk.packed.jet_rows import SELECTIVE_SCAN

            weights = [cell.delta_kernel, cell.delta_bias, ops.exp(cell.log_rates), cell.skip]
            return ops.cast(outputs(SELECTIVE_SCAN, mask, [rows, gate, projected, *weights]), rows.dtype)
        steps = Unpack()(ops.concatenate([rows, projected], axis=-1), mask)
        scanned = self.scan(ops.cast(steps, "float32"), mask=mask)
        return Pack()(ops.cast(scanned, rows.dtype), mask) * ops.silu(gate)

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return dict(super().get_config()) | {"states": self.states}


class _Cell(keras.layers.Layer):  # type: ignore[misc]  # Keras has no type stubs
    """One step of the scan, in single precision, for `keras.layers.RNN`."""

    def __init__(self, rank: int, states: int, width: int, **options: Any) -> None:
        super().__init__(dtype="float32", **options)
        self.rank, self.states, self.width = rank, states, width
        self.state_size, self.output_size = states * width, width

    def build(self, inputs_shape: Shape) -> None:
        """Create W (R, E) and b of Δ, log(-A) (N, E), and D."""
        uniform = keras.initializers.RandomUniform(-(self.rank**-0.5), self.rank**-0.5)
        self.delta_kernel = self.add_weight(name="delta_kernel", shape=(self.rank, self.width), initializer=uniform)
        self.delta_bias = self.add_weight(name="delta_bias", shape=(self.width,), initializer=_initial_bias)
        self.log_rates = self.add_weight(
            name="log_rates", shape=(self.states, self.width), initializer=_initial_log_rates
        )
        self.skip = self.add_weight(name="skip_scale", shape=(self.width,), initializer="ones")

    def call(self, inputs: Tensor, states: Sequence[Tensor]) -> tuple[Tensor, list[Tensor]]:
        """Return C · h + D x and the next states."""
        ends = np.cumsum([self.width, self.rank, self.states]).tolist()
        x, low, b, c = ops.split(inputs, ends, axis=-1)
        delta = ops.softplus(ops.matmul(low, self.delta_kernel) + self.delta_bias)
        h = ops.reshape(states[0], (-1, self.states, self.width))
        h = ops.exp(-delta[:, None] * ops.exp(self.log_rates)) * h + b[..., None] * (delta * x)[:, None]
        y = ops.sum(c[..., None] * h, axis=1) + self.skip * x
        return y, [ops.reshape(h, (-1, self.states * self.width))]


def _initial_bias(shape: Shape, dtype: Any = None) -> Tensor:
    """Return biases whose softplus is between the limits, uniform in the logarithm."""
    low, high = _STEPS
    steps = ops.exp(keras.random.uniform(shape, math.log(low), math.log(high), dtype=dtype))
    return steps + ops.log(-ops.expm1(-steps))


def _initial_log_rates(shape: Shape, dtype: Any = None) -> Tensor:
    """Return log 1, ..., log N for every feature."""
    return ops.broadcast_to(ops.log(ops.arange(1, shape[0] + 1, dtype=dtype))[:, None], shape)
