"""One vector a jet from one vector a constituent."""

import math
from typing import Any

import keras
from keras import ops

Tensor = Any


@keras.saving.register_keras_serializable("tagwerk")
class MaskedMean(keras.layers.Layer):  # type: ignore[misc]  # Keras has no type stubs
    """Mean over the constituents that exist; a jet without any gives zero.

    Call arguments: constituents (B, T, F); mask (B, T), true where real.
    Returns: (B, F).
    """

    def call(self, constituents: Tensor, mask: Tensor) -> Tensor:
        """Return the mean of each feature."""
        real = ops.cast(mask, constituents.dtype)[..., None]
        return ops.sum(constituents * real, axis=1) / ops.maximum(ops.sum(real, axis=1), 1)

    def compute_mask(self, inputs: Tensor, previous_mask: Tensor) -> None:
        """Return none, for what comes out is one vector a jet; without this Keras warns that the mask is lost."""


@keras.saving.register_keras_serializable("tagwerk")
class MaskedMax(keras.layers.Layer):  # type: ignore[misc]  # Keras has no type stubs
    """Largest value over the constituents that exist; a jet without any gives zero.

    Call arguments: constituents (B, T, F); mask (B, T), true where real.
    Returns: (B, F).
    """

    def call(self, constituents: Tensor, mask: Tensor) -> Tensor:
        """Return the largest value of each feature."""
        highest = ops.max(ops.where(mask[..., None], constituents, -math.inf), axis=1)
        return ops.where(ops.any(mask, axis=1)[:, None], highest, 0.0)

    def compute_mask(self, inputs: Tensor, previous_mask: Tensor) -> None:
        """Return none, for what comes out is one vector a jet; without this Keras warns that the mask is lost."""
