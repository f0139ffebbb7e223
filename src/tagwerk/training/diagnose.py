"""Where a loss that is no number comes from."""

from collections.abc import Iterator

import keras
import numpy as np
import numpy.typing as npt

from tagwerk.errors import UserError
from tagwerk.layers.constituent_features import Features
from tagwerk.training.batches import Batch


class DivergedError(UserError):
    """The settings made the loss no number, not the jets."""


def blame(model: keras.Model, batch: Batch, place: str) -> UserError:
    """Return the mistake that names the batch, and in it the first jet and variable that is no number.

    Args:
        model: whose loss is no number.
        batch: of which.
        place: the batch in words, such as `batch 3 of epoch 1`.
    """
    for variable, wrong in _wrong(model, batch):
        rows = np.flatnonzero(wrong)
        if len(rows):
            record = batch.jets.records[int(batch.rows[rows[0]])]
            jet = f"event {record.event} of file '{record.source}'"
            return UserError(f"{place}: '{variable}' of {jet} is no finite number; correct it or select such jets away")
    return DivergedError(
        f"{place}: the loss is no longer a number though all inputs are; lower 'training.learning_rate' in the card"
    )


def _wrong(model: keras.Model, batch: Batch) -> Iterator[tuple[str, npt.NDArray[np.bool_]]]:
    """Yield the name of each variable of a batch, and which of its jets, (B,), have one that is not finite."""
    schema, inputs = batch.jets.schema, batch.inputs()
    yield "weight", _not_finite(batch.targets()["weight"])
    for column, name in enumerate(schema.scalars):
        yield name, _not_finite(inputs["jet"][:, column])
    for sequence, columns in schema.sequences.items():
        for column, name in enumerate(columns):
            yield f"{sequence}.{name}", _not_finite(inputs[sequence][..., column])
    for layer in model.layers:
        if isinstance(layer, Features):
            features = np.asarray(keras.Model(model.input, layer.output)(inputs))
            for column, name in enumerate(layer.names):
                yield name, _not_finite(features[..., column])


def _not_finite(values: npt.NDArray[np.float32]) -> npt.NDArray[np.bool_]:
    """Return which jets have a number that is not finite, (B,), of one a jet (B,) or one a constituent (B, T)."""
    return np.asarray(~np.isfinite(values.reshape(len(values), -1)).all(axis=1))
