"""The last layers of a tagger."""

from collections.abc import Sequence
from typing import Any

import keras

from tagwerk.layers.front import Front

Tensor = Any


def classify(front: Front, encoded: Tensor | None, units: Sequence[int], dropout: float) -> Tensor:
    """Return class probabilities (B, classes), through dense layers of the given widths.

    Args:
        front: whose scalar variables, where the card asks for any, join what is encoded.
        encoded: one vector a jet, (B, F), of whatever stands before; None where the scalars are all.
        units: widths of the dense layers.
        dropout: share of each one's outputs left out in training.
    """
    vectors = [each for each in (encoded, front.scalars) if each is not None]
    hidden = vectors[0] if len(vectors) == 1 else keras.layers.Concatenate()(vectors)
    for width in units:
        hidden = keras.layers.Dropout(dropout)(keras.layers.Dense(width, activation="relu")(hidden))
    # In single precision whatever the layers before compute in, for the loss takes the logarithm.
    return keras.layers.Dense(len(front.classes), activation="softmax", name="scores", dtype="float32")(hidden)
