"""Real constituents one behind the other, so that what looks at each by itself computes nothing for padding."""

from typing import Any

import keras
from keras import ops

from tagwerk.layers.explicit import ExplicitMask

Tensor = Any


@keras.saving.register_keras_serializable("tagwerk")
class Pack(ExplicitMask):
    """The real constituents of all jets of a batch, in their order, and behind them one vector of zeros.

    So no layer behind meets an array without rows, for which Keras 3.15 adds wrongly in TensorFlow.

    Call arguments: constituents (B, T, F); mask (B, T), true where real.
    Returns: (M + 1, F) of M real constituents.
    """

    def compute_output_shape(self, constituents_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        """Return the shape of what comes out."""
        return (None, constituents_shape[-1])

    def call(self, constituents: Tensor, mask: Tensor) -> Tensor:
        """Return the real constituents."""
        return ops.pad(packed(constituents, mask), ((0, 1), (0, 0)))


@keras.saving.register_keras_serializable("tagwerk")
class Unpack(ExplicitMask):
    """Packed constituents padded again, with zeros.

    Call arguments: rows (M + 1, F), as `Pack` orders them; mask (B, T), true where real.
    Returns: (B, T, F).
    """

    def compute_output_shape(self, rows_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        """Return the shape of what comes out."""
        return (None, None, rows_shape[-1])

    def call(self, rows: Tensor, mask: Tensor) -> Tensor:
        """Return the padded constituents."""
        return unpacked(rows[:-1], mask)


def packed(values: Tensor, mask: Tensor) -> Tensor:
    """Return what is real of values (B, T, F) as (M, F)."""
    (real,) = ops.nonzero(ops.reshape(mask, (-1,)))
    return ops.take(ops.reshape(values, (-1, values.shape[-1])), real, axis=0)


def unpacked(rows: Tensor, mask: Tensor) -> Tensor:
    """Return rows (M, F) where they are real in (..., F), zero elsewhere."""
    (real,) = ops.nonzero(ops.reshape(mask, (-1,)))
    shape = ops.shape(mask)
    flat = ops.scatter(real[:, None], rows, (ops.prod(ops.stack(shape)), rows.shape[-1]))
    return ops.reshape(flat, (*shape, rows.shape[-1]))


def numbers(mask: Tensor) -> Tensor:
    """Return which row a real one is when packed, in the shape of the mask; of others, some row that exists."""
    running = ops.cumsum(ops.cast(ops.reshape(mask, (-1,)), "int32"))
    return ops.reshape(ops.maximum(running - 1, 0), ops.shape(mask))
