"""One vector a jet from one vector a constituent."""

import math
from typing import Any

import keras
from keras import ops

from tagwerk.layers.explicit import ExplicitMask

Tensor = Any


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
