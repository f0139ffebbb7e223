"""Real constituents packed into rows, so that layers on single constituents compute nothing for padding.

This applies to TensorFlow on CPUs. Elsewhere the rows include padding, and come with masks.
"""

from collections.abc import Sequence

import keras
from keras import ops

from tagwerk.arrays import Tensor
from tagwerk.layers.explicit_mask import Uncast
from tagwerk.layers.portable import packing_enabled


@keras.saving.register_keras_serializable("tagwerk")
class Pack(Uncast):
    """The real constituents of all jets of a batch, in order, followed by one vector of zeros.

    With it no later layer gets an array without rows, for which Keras 3.15 computes wrong sums in TensorFlow.

    Call arguments: constituents (B, T, F); mask (B, T), true where real.
    Returns: (M + 1, F) of M real constituents.
    """

    def compute_output_shape(self, constituents_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        """Return the shape of the output."""
        return (None, constituents_shape[-1])

    def call(self, constituents: Tensor, mask: Tensor) -> Tensor:
        """Return the real constituents."""
        return ops.pad(pack_padded(constituents, mask), ((0, 1), (0, 0)))


@keras.saving.register_keras_serializable("tagwerk")
class Unpack(Uncast):
    """Packed constituents, padded with zeros again.

    Call arguments: rows (M + 1, F), in the order of `Pack`; mask (B, T), true where real.
    Returns: (B, T, F).
    """

    def compute_output_shape(self, rows_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        """Return the shape of the output."""
        return (None, None, rows_shape[-1])

    def call(self, rows: Tensor, mask: Tensor) -> Tensor:
        """Return the padded constituents."""
        return pad_packed(rows[:-1], mask)


def join_packed(rows: Sequence[Tensor], masks: Sequence[Tensor]) -> tuple[Tensor, Tensor]:
    """Return the constituents of several sequences as those of one, packed, and its mask (B, T), T the sum of lengths.

    Args:
        rows: of each sequence, (M + 1, F), as `Pack` returns them; with one sequence, they are returned as they are.
        masks: of each sequence.
    """
    if len(rows) == 1:
        return rows[0], masks[0]
    padded = [Unpack()(each, mask) for each, mask in zip(rows, masks, strict=True)]
    mask = ops.concatenate(masks, axis=1)
    return Pack()(ops.concatenate(padded, axis=1), mask), mask


def real_rows(mask: Tensor) -> Tensor:
    """Return which rows of `Pack` are real constituents, (M + 1,)."""
    return ops.pad(packed_positions(mask)[1], (0, 1))


def sum_of_rows(rows: Tensor, mask: Tensor) -> Tensor:
    """Return the sum over the real constituents of each jet, (B, F), of rows (M + 1, F)."""
    return ops.segment_sum(rows, jet_of_rows(mask), num_segments=ops.shape(mask)[0] + 1)[:-1]


def jet_of_rows(mask: Tensor) -> Tensor:
    """Return the jet of each row of `Pack`, (M + 1,): one more than the last jet if it is not real."""
    positions, real = packed_positions(mask)
    jets, length = (ops.cast(size, positions.dtype) for size in ops.shape(mask))
    return ops.pad(ops.where(real, positions // length, jets), (0, 1), constant_values=jets)


def packed_positions(mask: Tensor) -> tuple[Tensor, Tensor]:
    """Return the position in the flattened mask of each packed row, (M,), and which rows are real.

    With TensorFlow, only real positions have a row. Elsewhere, where shapes must be static, every position has one.
    """
    flat = ops.reshape(mask, (-1,))
    if not packing_enabled():
        return ops.arange(ops.shape(flat)[0]), flat
    (real,) = ops.nonzero(flat)
    return real, ops.ones_like(real, dtype="bool")


def pack_padded(values: Tensor, mask: Tensor) -> Tensor:
    """Return values (B, T, F) at the M positions of a mask (B, T) that have a row, (M, F)."""
    return ops.take(ops.reshape(values, (-1, values.shape[-1])), packed_positions(mask)[0], axis=0)


def pad_packed(rows: Tensor, mask: Tensor) -> Tensor:
    """Return rows (M, F) at their positions in (B, T, F), zero where padded."""
    shape = ops.shape(mask)
    if not packing_enabled():
        return ops.where(mask[..., None], ops.reshape(rows, (*shape, rows.shape[-1])), 0.0)
    flat = ops.scatter(packed_positions(mask)[0][:, None], rows, (ops.prod(ops.stack(shape)), rows.shape[-1]))
    return ops.reshape(flat, (*shape, rows.shape[-1]))


def row_indices(mask: Tensor) -> Tensor:
    """Return the row of each real position, in the shape of the mask; padding gets the index of some existing row."""
    flat = ops.reshape(mask, (-1,))
    if not packing_enabled():
        return ops.reshape(ops.arange(ops.shape(flat)[0]), ops.shape(mask))
    running = ops.cumsum(ops.cast(flat, "int32"))
    return ops.reshape(ops.maximum(running - 1, 0), ops.shape(mask))
