"""A sequence autoencoder that learns what the jets of some classes look like: others are badly reconstructed.

The delayed many-to-many network (arXiv:1406.1078): an encoder reads the constituents, a decoder writes them down again
from the encoder's last state, which it is handed at every step. Trained on the classes that `training.classes` names,
its reconstruction error is an anomaly score (arXiv:1808.08979, arXiv:1808.08992, there with images and jets of fixed
size): no jet of the signal is ever learnt from.
"""

from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field

from tagwerk.layers.hyperparameters import Cell, Hardest, Width

if TYPE_CHECKING:
    from tagwerk.layers.model_inputs import ModelInputs

ENGINE = "keras"
INPUTS = "one sequence"


def losses(**settings: Any) -> dict[str, float]:
    """Return what is trained: the reconstruction alone."""
    return {"reconstruction": 1.0}


def check(card: Any) -> None:
    """Raise ValueError where the card does not say what is to be known well."""
    if not card.training.classes:
        raise ValueError("key 'training.classes': name the classes to learn from; all others are anomalies")
    if card.inputs.scalars:
        raise ValueError("key 'inputs.scalars': only constituents are reconstructed; drop the key")


def build(
    inputs: "ModelInputs",
    *,
    cell: Cell = "gru",
    units: Annotated[
        int, Field(gt=0, le=16_384, description="width of the recurrent layers of encoder and decoder")
    ] = 64,
    code: Annotated[Width, Field(description="how many numbers a jet is described by in between")] = 8,
    constituents: Hardest = None,
) -> Any:
    """Return the network with two outputs: the error of each jet as `reconstruction`, and `scores` made of it."""
    from tagwerk.layers.anomaly import AnomalyScores
    from tagwerk.layers.model_inputs import hardest
    from tagwerk.layers.reconstruction import reconstruct, squared_error

    features, mask = hardest(constituents, *inputs.sequence)
    error = squared_error(features, reconstruct(cell, features, mask, units, code), mask)
    anomalous = [name not in inputs.trained for name in inputs.classes]
    return inputs.model(AnomalyScores(anomalous, name="scores", dtype="float32")(error), reconstruction=error)
