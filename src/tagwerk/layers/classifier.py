"""The last layers of a tagger."""

from collections.abc import Sequence

import keras

from tagwerk.arrays import Tensor
from tagwerk.layers.model_inputs import ModelInputs


def classify(inputs: ModelInputs, encoded: Tensor | None, units: Sequence[int], dropout: float) -> Tensor:
    """Return class probabilities (B, classes), through dense layers of the given widths.

    Args:
        inputs: whose scalar variables, where the card asks for any, join what is encoded.
        encoded: one vector a jet, (B, F), of whatever stands before; None where the scalars are all.
        units: widths of the dense layers.
        dropout: share of each one's outputs left out in training.
    """
    vectors = [each for each in (encoded, inputs.scalars) if each is not None]
    joined = vectors[0] if len(vectors) == 1 else keras.layers.Concatenate()(vectors)
    hidden = dense_layers(joined, units, dropout)
    # In single precision whatever the layers before compute in, for the loss takes the logarithm.
    return keras.layers.Dense(len(inputs.classes), activation="softmax", name="scores", dtype="float32")(hidden)


def dense_layers(values: Tensor, units: Sequence[int], dropout: float = 0.0) -> Tensor:
    """Return values (..., F) after dense layers of these widths, with so much dropout behind each."""
    for width in units:
        values = keras.layers.Dense(width, activation="relu")(values)
        values = keras.layers.Dropout(dropout)(values) if dropout else values
    return values
