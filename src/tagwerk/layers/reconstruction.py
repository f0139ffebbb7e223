"""A sequence written down again from one vector."""

import keras
from keras import ops

from tagwerk.arrays import Tensor
from tagwerk.layers.explicit_mask import ExplicitMask
from tagwerk.layers.hyperparameters import Cell
from tagwerk.layers.recurrent_stack import Recurrent


def reconstruct(cell: Cell, features: Tensor, mask: Tensor, units: int, code: int) -> Tensor:
    """Return what a decoder makes of an encoder's last state: features (B, T, F).

    Args:
        cell: of both.
        features: (B, T, F).
        mask: (B, T), true where real.
        units: width of both.
        code: how many numbers are handed over, to every step of the decoder.
    """
    last = Recurrent(cell, [units], pooling="last", name="encoder")(features, mask)
    handed = RepeatOverSteps()(keras.layers.Dense(code, name="code")(last), mask)
    steps = Recurrent(cell, [units], name="decoder")(handed, mask)
    return keras.layers.Dense(features.shape[-1], name="reconstructed")(steps)


def squared_error(features: Tensor, found: Tensor, mask: Tensor) -> Tensor:
    """Return the mean squared difference of the features of each jet's real constituents, (B,), in single precision."""
    return SquaredError(dtype="float32")(features, found, mask)


@keras.saving.register_keras_serializable("tagwerk")
class RepeatOverSteps(ExplicitMask):
    """One vector a jet, at every step; zero where padded.

    Call arguments: vectors (B, F); mask (B, T), true where real.
    Returns: (B, T, F).
    """

    def call(self, vectors: Tensor, mask: Tensor) -> Tensor:
        """Return the vectors at every step."""
        return vectors[:, None] * ops.cast(mask, vectors.dtype)[..., None]


@keras.saving.register_keras_serializable("tagwerk")
class SquaredError(ExplicitMask):
    """Mean over a jet's real constituents, and their features, of the squared difference; zero without any.

    Call arguments: features and found, each (B, T, F); mask (B, T), true where real.
    Returns: (B,).
    """

    def call(self, features: Tensor, found: Tensor, mask: Tensor) -> Tensor:
        """Return the mean squared difference."""
        real = ops.cast(mask, features.dtype)
        each = ops.mean((features - found) ** 2, axis=2) * real
        return ops.sum(each, axis=1) / ops.maximum(ops.sum(real, axis=1), 1)
