"""Normalisation with the constants of the networks that use it: those of PyTorch, in which their authors wrote them."""

from typing import Any

import keras

# The share of the running statistics that a batch leaves as they are, and what is added to the variance.
_MOMENTUM, _EPSILON = 0.9, 1e-5


def batch_norm(**options: Any) -> keras.layers.BatchNormalization:
    """Return a batch normalisation (arXiv:1502.03167); Keras's own momentum is 0.99, its epsilon 1e-3."""
    return keras.layers.BatchNormalization(momentum=_MOMENTUM, epsilon=_EPSILON, **options)


def layer_norm(**options: Any) -> keras.layers.LayerNormalization:
    """Return a layer normalisation (arXiv:1607.06450)."""
    return keras.layers.LayerNormalization(epsilon=_EPSILON, **options)
