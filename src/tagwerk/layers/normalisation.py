"""Normalisation layers with PyTorch's defaults, which the networks' authors used."""

from collections.abc import Sequence
from typing import Any

import keras

from tagwerk.arrays import Tensor
from tagwerk.layers.explicit_mask import ExplicitMask
from tagwerk.layers.packed_constituents import real_rows
from tagwerk.packed.layer_chain import Norm

# Weight of the old running statistics in each update, and the constant added to the variance.
_MOMENTUM, _EPSILON = 0.9, 1e-5


def batch_norm(**options: Any) -> keras.layers.BatchNormalization:
    """Return a batch normalisation (arXiv:1502.03167); Keras's default momentum is 0.99, its epsilon 1e-3."""
    return keras.layers.BatchNormalization(momentum=_MOMENTUM, epsilon=_EPSILON, **options)


def layer_norm(**options: Any) -> keras.layers.LayerNormalization:
    """Return a layer normalisation (arXiv:1607.06450)."""
    return keras.layers.LayerNormalization(epsilon=_EPSILON, **options)


def rms_norm(**options: Any) -> keras.layers.RMSNormalization:
    """Return a root-mean-square normalisation (arXiv:1910.07467)."""
    return keras.layers.RMSNormalization(epsilon=_EPSILON, **options)


@keras.saving.register_keras_serializable("tagwerk")
class PackedBatchNorm(ExplicitMask):
    """A batch normalisation over the real constituents.

    Call arguments: rows (M + 1, F), the constituents as `Pack` returns them; mask (B, T), true where real.
    Returns: (M + 1, F).
    """

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.norm = batch_norm(dtype=self.dtype_policy)

    def build(self, rows_shape: tuple[int | None, ...]) -> None:
        """Create the weights."""
        self.norm.build(rows_shape)

    def compute_output_shape(self, rows_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        """Return the shape of the output."""
        return rows_shape

    def call(self, rows: Tensor, mask: Tensor, training: bool = False) -> Tensor:
        """Return the normalised rows."""
        return self.norm(rows, training=training, mask=real_rows(mask))


def norm_of(layer: keras.layers.BatchNormalization) -> Norm:
    """Return the weights of a batch normalisation."""
    return Norm(layer.gamma, layer.beta, layer.moving_mean, layer.moving_variance)


def update_moving_averages(
    layers: Sequence[keras.layers.BatchNormalization], statistics: Sequence[tuple[Tensor, Tensor]]
) -> None:
    """Move each normalisation's averages towards mean and variance of a batch, as the layers do themselves."""
    for layer, (mean, variance) in zip(layers, statistics, strict=True):
        for average, value in ((layer.moving_mean, mean), (layer.moving_variance, variance)):
            average.assign(average * layer.momentum + value * (1 - layer.momentum))
