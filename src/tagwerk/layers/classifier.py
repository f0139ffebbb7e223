"""The last layers of a tagger."""

from collections.abc import Sequence

import keras

from tagwerk.arrays import Tensor
from tagwerk.layers.model_inputs import ModelInputs


def classify(inputs: ModelInputs, encoded: Tensor | None, units: Sequence[int], dropout: float) -> Tensor:
    """Return class probabilities (B, classes), after dense layers of the given widths.

    Args:
        inputs: whose scalar variables, if the card has any, are concatenated with the encoded jet.
        encoded: one vector per jet, (B, F), from the layers before; None if there are only scalars.
        units: widths of the dense layers.
        dropout: dropout rate of each.
    """
    vectors = [vector for vector in (encoded, inputs.scalars) if vector is not None]
    joined = vectors[0] if len(vectors) == 1 else keras.layers.Concatenate()(vectors)
    hidden = dense_layers(joined, units, dropout)
    # In single precision whatever the precision of earlier layers, since the loss takes the logarithm.
    return keras.layers.Dense(len(inputs.classes), activation="softmax", name="scores", dtype="float32")(hidden)


def dense_layers(values: Tensor, units: Sequence[int], dropout: float = 0.0) -> Tensor:
    """Return values (..., F) after dense layers of these widths, each followed by dropout."""
    for width in units:
        values = keras.layers.Dense(width, activation="relu")(values)
        values = keras.layers.Dropout(dropout)(values) if dropout else values
    return values
