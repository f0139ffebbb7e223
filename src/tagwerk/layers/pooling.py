"""One vector per jet from one vector per constituent."""

import math

import keras
from keras import ops

from tagwerk.arrays import Tensor
from tagwerk.layers.explicit_mask import ExplicitMask


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
class WeightedSum(ExplicitMask):
    """Sum over the constituents that exist of weight times vector; a jet without any gives zero.

    Call arguments: constituents (B, T, F); weights (B, T); mask (B, T), true where real.
    Returns: (B, F).
    """

    def call(self, constituents: Tensor, weights: Tensor, mask: Tensor) -> Tensor:
        """Return the sum of each feature."""
        weights = ops.where(mask, ops.cast(weights, constituents.dtype), 0.0)
        return ops.sum(constituents * weights[..., None], axis=1)


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
