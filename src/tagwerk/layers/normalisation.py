"""Normalisation layers with PyTorch's defaults, which the networks' authors used."""

from typing import Any

import keras

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
