"""An autoencoder of sequences."""

import keras
from keras import ops

from tagwerk.arrays import Tensor
from tagwerk.layers.explicit_mask import ExplicitMask
from tagwerk.layers.hyperparameters import Cell
from tagwerk.layers.recurrent_stack import Recurrent


def reconstruct(cell: Cell, features: Tensor, mask: Tensor, units: int, code: int) -> Tensor:
    """Return features (B, T, F) that a decoder reconstructs from an encoder's last state.

    Args:
        cell: of both.
        features: (B, T, F).
        mask: (B, T), true where real.
        units: width of both.
        code: size of the latent vector, which is the decoder's input at every step.
    """
    last = Recurrent(cell, [units], pooling="last", name="encoder")(features, mask)
    latent = RepeatOverSteps()(keras.layers.Dense(code, name="code")(last), mask)
    steps = Recurrent(cell, [units], name="decoder")(latent, mask)
    return keras.layers.Dense(features.shape[-1], name="reconstructed")(steps)


def squared_error(features: Tensor, reconstructed: Tensor, mask: Tensor) -> Tensor:
    """Return the mean squared error of the features of each jet's real constituents, (B,), in single precision."""
    return SquaredError(dtype="float32")(features, reconstructed, mask)


@keras.saving.register_keras_serializable("tagwerk")
class RepeatOverSteps(ExplicitMask):
    """One vector per jet, repeated at every step; zero where padded.

    Call arguments: vectors (B, F); mask (B, T), true where real.
    Returns: (B, T, F).
    """

    def call(self, vectors: Tensor, mask: Tensor) -> Tensor:
        """Return the vectors at every step."""
        return vectors[:, None] * ops.cast(mask, vectors.dtype)[..., None]


@keras.saving.register_keras_serializable("tagwerk")
class SquaredError(ExplicitMask):
    """Mean squared error over the features of a jet's real constituents; zero for a jet without any.

    Call arguments: features and reconstructed, each (B, T, F); mask (B, T), true where real.
    Returns: (B,).
    """

    def call(self, features: Tensor, reconstructed: Tensor, mask: Tensor) -> Tensor:
        """Return the mean squared error."""
        real = ops.cast(mask, features.dtype)
        errors = ops.mean((features - reconstructed) ** 2, axis=2) * real
        return ops.sum(errors, axis=1) / ops.maximum(ops.sum(real, axis=1), 1)
