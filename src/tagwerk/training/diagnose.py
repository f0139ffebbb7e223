"""The cause of a loss that is NaN or infinite."""

from collections.abc import Iterator

import keras
import numpy as np
import numpy.typing as npt

from tagwerk.errors import UserError
from tagwerk.layers.constituent_features import NormalisedFeatures
from tagwerk.training.batches import Batch


class DivergedError(UserError):
    """The loss diverged because of the settings, not of the inputs."""


def diagnose_nonfinite(model: keras.Model, batch: Batch, where: str) -> UserError:
    """Return an error that names the batch and the first variable and example in it that is not finite.

    Args:
        model: whose loss is not finite.
        batch: with that loss.
        where: the batch in words, such as `batch 3 of epoch 1`.
    """
    for variable, nonfinite in _nonfinite_variables(model, batch):
        rows = np.flatnonzero(nonfinite)
        if len(rows):
            example = batch.examples.identity(int(batch.rows[rows[0]]))
            return UserError(f"{where}: '{variable}' of {example} is not finite; correct or exclude it")
    return DivergedError(
        f"{where}: the loss is not finite though all inputs are; lower 'training.learning_rate' in the card"
    )


def _nonfinite_variables(model: keras.Model, batch: Batch) -> Iterator[tuple[str, npt.NDArray[np.bool_]]]:
    """Yield the name of each variable of a batch, and a mask (B,) of the examples for which it is not finite."""
    inputs = batch.inputs()
    yield "weight", _nonfinite(batch.targets()["weight"])
    for name, values in inputs.items():
        for column in range(values.shape[-1]) if not name.endswith("_mask") else ():
            yield batch.examples.variable(name, column), _nonfinite(values[..., column])
    for layer in model.layers:
        if isinstance(layer, NormalisedFeatures):
            features = np.asarray(keras.Model(model.input, layer.output)(inputs))
            for column, name in enumerate(layer.names):
                yield name, _nonfinite(features[..., column])


def _nonfinite(values: npt.NDArray[np.float32]) -> npt.NDArray[np.bool_]:
    """Return a mask (B,) of examples with a value that is not finite, from values per example (B,) or step (B, T)."""
    return np.asarray(~np.isfinite(values.reshape(len(values), -1)).all(axis=1))
