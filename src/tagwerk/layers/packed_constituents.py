"""Real constituents one behind the other, so that what looks at each by itself computes nothing for padding.

So it is with TensorFlow on processors. Elsewhere all constituents stand one behind the other, and masks go with them.
"""

import keras
from keras import ops

from tagwerk.arrays import Tensor
from tagwerk.layers.explicit_mask import ExplicitMask
from tagwerk.layers.portable import packs


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


def places(mask: Tensor) -> tuple[Tensor, Tensor]:
    """Return where among all places of a mask the rows of a packed array are, (M,), and which of them are real.

    With TensorFlow each real place has a row. Elsewhere, where shapes must be known beforehand, every place has one.
    """
    flat = ops.reshape(mask, (-1,))
    if not packs():
        return ops.arange(ops.shape(flat)[0]), flat
    (real,) = ops.nonzero(flat)
    return real, ops.ones_like(real, dtype="bool")


def packed(values: Tensor, mask: Tensor) -> Tensor:
    """Return values (B, T, F) at the M places of a mask (B, T) that have a row, (M, F)."""
    return ops.take(ops.reshape(values, (-1, values.shape[-1])), places(mask)[0], axis=0)


def unpacked(rows: Tensor, mask: Tensor) -> Tensor:
    """Return rows (M, F) where they are real in (B, T, F), zero elsewhere."""
    shape = ops.shape(mask)
    if not packs():
        return ops.where(mask[..., None], ops.reshape(rows, (*shape, rows.shape[-1])), 0.0)
    flat = ops.scatter(places(mask)[0][:, None], rows, (ops.prod(ops.stack(shape)), rows.shape[-1]))
    return ops.reshape(flat, (*shape, rows.shape[-1]))


def numbers(mask: Tensor) -> Tensor:
    """Return which row each real place of a mask is in, in its shape; of others, some row that exists."""
    flat = ops.reshape(mask, (-1,))
    if not packs():
        return ops.reshape(ops.arange(ops.shape(flat)[0]), ops.shape(mask))
    running = ops.cumsum(ops.cast(flat, "int32"))
    return ops.reshape(ops.maximum(running - 1, 0), ops.shape(mask))
