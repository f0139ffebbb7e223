"""Recurrent encoders of a sequence: stacked cells, then one vector a jet."""

from collections.abc import Sequence
from typing import Any

import keras

from tagwerk.layers.pooling import MaskedMax, MaskedMean
from tagwerk.layers.settings import Pooling

Tensor = Any


def recurrent_encoder(
    cell: type[keras.layers.RNN],
    constituents: Tensor,
    mask: Tensor,
    units: Sequence[int],
    pooling: Pooling,
    **options: Any,
) -> Tensor:
    """Return one vector a jet, of stacked recurrent layers over its constituents.

    Args:
        cell: a recurrent layer of Keras, such as keras.layers.LSTM.
        constituents: (B, T, F).
        mask: (B, T), true where real; it is handed to each layer, for Keras passes none on by itself.
        units: of each layer, the first first.
        pooling: the last state, the mean over the steps, or mean and maximum side by side.
        options: for each layer.
    """
    steps = constituents
    for depth, width in enumerate(units, 1):
        last = pooling == "last" and depth == len(units)
        steps = cell(width, return_sequences=not last, name=f"recurrent_{depth}", **options)(steps, mask=mask)
    if pooling == "last":
        return steps
    mean = MaskedMean()(steps, mask)
    return mean if pooling == "mean" else keras.layers.Concatenate()([mean, MaskedMax()(steps, mask)])


def classifier(encoded: Tensor, units: Sequence[int], dropout: float, classes: int) -> Tensor:
    """Return class probabilities (B, classes) from one vector a jet, through dense layers of the given widths."""
    for width in units:
        encoded = keras.layers.Dropout(dropout)(keras.layers.Dense(width, activation="relu")(encoded))
    return keras.layers.Dense(classes, activation="softmax", name="scores")(encoded)
