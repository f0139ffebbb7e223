"""A sequence autoencoder trained on some classes only, so that it reconstructs the jets of other classes badly.

The delayed many-to-many network (arXiv:1406.1078): an encoder reads the constituents, a decoder reconstructs them from
the encoder's last state, which is its input at every step. Trained on the classes that `training.classes` names,
its reconstruction error is an anomaly score (arXiv:1808.08979, arXiv:1808.08992, there with images and jets of fixed
size): it never learns from a signal jet.
"""

from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field

from tagwerk.layers.hyperparameters import Cell, MaxConstituents, Width

if TYPE_CHECKING:
    from tagwerk.layers.model_inputs import ModelInputs

ENGINE = "keras"
INPUTS = "one sequence"


def losses(**settings: Any) -> dict[str, float]:
    """Return the trained output: only the reconstruction."""
    return {"reconstruction": 1.0}


def check(card: Any) -> None:
    """Raise ValueError if the card does not name the classes to learn from, or has scalar variables."""
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
    code: Annotated[Width, Field(description="size of the latent vector between encoder and decoder")] = 8,
    constituents: MaxConstituents = None,
) -> Any:
    """Return the network with two outputs: each jet's error as `reconstruction`, and `scores` derived from it."""
    from tagwerk.layers.anomaly import AnomalyScores
    from tagwerk.layers.model_inputs import hardest
    from tagwerk.layers.reconstruction import reconstruct, squared_error

    features, mask = hardest(constituents, *inputs.sequence)
    error = squared_error(features, reconstruct(cell, features, mask, units, code), mask)
    anomalous = [name not in inputs.trained_classes for name in inputs.classes]
    return inputs.model(AnomalyScores(anomalous, name="scores", dtype="float32")(error), reconstruction=error)
