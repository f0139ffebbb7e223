"""One vector per jet from one vector per constituent."""

import math

import keras
from keras import ops

from tagwerk.arrays import Tensor
from tagwerk.layers.explicit_mask import ExplicitMask
from tagwerk.layers.packed_constituents import pack_padded, sum_of_rows
from tagwerk.layers.precision import packs
from tagwerk.packed import weighted_sums


@keras.saving.register_keras_serializable("tagwerk")
class MaskedMean(ExplicitMask):
    """Mean over the constituents that exist; a jet without any gives zero.

    Call arguments: constituents (B, T, F); mask (B, T), true where real.
    Returns: (B, F).
    """

    def call(self, constituents: Tensor, mask: Tensor) -> Tensor:
        """Return the mean of each feature."""
        real = ops.cast(mask, constituents.dtype)[..., None]
        return ops.sum(constituents * real, axis=1) / ops.maximum(ops.sum(real, axis=1), 1)


@keras.saving.register_keras_serializable("tagwerk")
class MaskedMax(ExplicitMask):
    """Largest value over the constituents that exist; a jet without any gives zero.

    Call arguments: constituents (B, T, F); mask (B, T), true where real.
    Returns: (B, F).
    """

    def call(self, constituents: Tensor, mask: Tensor) -> Tensor:
        """Return the largest value of each feature."""
        highest = ops.max(ops.where(mask[..., None], constituents, -math.inf), axis=1)
        return ops.where(ops.any(mask, axis=1)[:, None], highest, 0.0)


@keras.saving.register_keras_serializable("tagwerk")
class PackedMean(ExplicitMask):
    """Mean over the constituents of each jet; a jet without any gives zero.

    Call arguments: rows (M + 1, F), the constituents as `Pack` returns them; mask (B, T), true where real.
    Returns: (B, F).
    """

    def compute_output_shape(self, rows_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        """Return the shape of the output."""
        return (None, rows_shape[-1])

    def call(self, rows: Tensor, mask: Tensor) -> Tensor:
        """Return the mean of each feature."""
        real = ops.cast(mask, rows.dtype)
        return _weighted_sum(rows, real / ops.maximum(ops.sum(real, axis=1, keepdims=True), 1), mask)


@keras.saving.register_keras_serializable("tagwerk")
class PackedSum(ExplicitMask):
    """Sum over the constituents of each jet of weight times vector; a jet without any gives zero.

    Call arguments: rows (M + 1, F), the constituents as `Pack` returns them; weights (B, T); mask (B, T), true where
    real.
    Returns: (B, F).
    """

    def compute_output_shape(self, rows_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        """Return the shape of the output."""
        return (None, rows_shape[-1])

    def call(self, rows: Tensor, weights: Tensor, mask: Tensor) -> Tensor:
        """Return the sum of each feature."""
        return _weighted_sum(rows, ops.cast(weights, rows.dtype), mask)


def _weighted_sum(rows: Tensor, weights: Tensor, mask: Tensor) -> Tensor:
    """Return the sum of each feature, (B, F); the weights have no gradient on CPUs."""
    if packs(rows.dtype):
        from tagwerk.layers.numpy_operation import numpy_operation

        (sums,) = numpy_operation(
            lambda rows, weights, mask: [weighted_sums.run(rows, weights, mask)],
            lambda grad_sums, _, weights, mask, *__: [weighted_sums.gradients(grad_sums, weights, mask)],
            [rows],
            [weights, mask],
            [[mask.shape[0], rows.shape[-1]]],
            0,
        )
        return ops.cast(sums, rows.dtype)
    return sum_of_rows(rows * ops.pad(pack_padded(weights[..., None], mask), ((0, 1), (0, 0))), mask)


@keras.saving.register_keras_serializable("tagwerk")
class Shares(ExplicitMask):
    """Each constituent's share of the sum over its jet, such as z = pT / Σ pT; zero where padded.

    Call arguments: values (B, T), not negative; mask (B, T), true where real.
    Returns: (B, T).
    """

    def call(self, values: Tensor, mask: Tensor) -> Tensor:
        """Return the shares."""
        values = ops.where(mask, values, 0.0)
        total = ops.sum(values, axis=1, keepdims=True)
        return values / ops.where(total > 0, total, 1.0)


def pool(steps: Tensor, mask: Tensor, pooling: str) -> Tensor:
    """Return the mean over the steps (B, U), or for `mean_max` mean and maximum concatenated, (B, 2 U)."""
    mean = MaskedMean()(steps, mask)
    return mean if pooling == "mean" else keras.layers.Concatenate()([mean, MaskedMax()(steps, mask)])
