"""The front of every network: its inputs in GeV and radians, and the normalised features made of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import keras

from tagwerk.cards.tagger import Inputs
from tagwerk.layers.features import ConstituentFeatures
from tagwerk.shards.schema import Schema
from tagwerk.shards.summary import Summary

Tensor = Any


@dataclass(frozen=True)
class Front:
    """What an architecture builds on.

    Attributes:
        schema: the columns of the inputs.
        inputs: the model's inputs by name: `jet` (B, J), each sequence (B, T, K) and its `<sequence>_mask` (B, T).
        sequences: normalised features (B, T, F) and mask (B, T) of each sequence.
        scalars: normalised jet variables (B, S), or None where the card asks for none.
        trained: the classes that the model is trained on, of those of the schema.
    """

    schema: Schema
    inputs: dict[str, Tensor]
    sequences: dict[str, tuple[Tensor, Tensor]]
    scalars: Tensor | None
    trained: list[str]

    @property
    def classes(self) -> list[str]:
        """Names of all classes, in the order of the labels."""
        return self.schema.classes

    @property
    def sequence(self) -> tuple[Tensor, Tensor]:
        """Features and mask of the only sequence."""
        (only,) = self.sequences.values()
        return only

    def raw(self, *names: str) -> Tensor:
        """Return features of the only sequence as they are, in GeV and radians, (B, T, F)."""
        (sequence,) = self.sequences
        zero, one = [0.0] * len(names), [1.0] * len(names)
        return _features(self.schema, self.inputs, sequence, list(names), zero, one)

    def model(self, scores: Tensor, **others: Tensor) -> keras.Model:
        """Return the model from the inputs to `scores`, class probabilities (B, classes), and other outputs by name."""
        return keras.Model(self.inputs, {"scores": scores, **others})


def front(schema: Schema, wanted: Inputs, summary: Summary, trained: Sequence[str] = ()) -> Front:
    """Return the front for jets of this schema, normalised by the summary's moments.

    Args:
        schema: the columns of the model's inputs.
        wanted: what of them the model sees.
        summary: which knows their moments.
        trained: the classes that the model is trained on; all where none is named.
    """
    inputs = {"jet": keras.Input((len(schema.scalars),), name="jet")}
    for name, columns in schema.sequences.items():
        inputs[name] = keras.Input((None, len(columns)), name=name)
        inputs[f"{name}_mask"] = keras.Input((None,), dtype="bool", name=f"{name}_mask")
    sequences = {}
    for name, features in wanted.sequences.items():
        moments = [summary.moments[name][feature] for feature in features]
        means, deviations = [mean for mean, _ in moments], [deviation for _, deviation in moments]
        sequences[name] = (_features(schema, inputs, name, features, means, deviations), inputs[f"{name}_mask"])
    return Front(
        schema, inputs, sequences, _scalars(inputs["jet"], schema, wanted, summary), list(trained or schema.classes)
    )


def hardest(most: int | None, *constituents: Tensor) -> tuple[Tensor, ...]:
    """Return arrays (B, T, ...) of constituents with at most so many a jet, the first ones: those of the highest pT."""
    return constituents if most is None else tuple(each[:, :most] for each in constituents)


def _features(
    schema: Schema, inputs: dict[str, Tensor], name: str, features: list[str], means: list[float], widths: list[float]
) -> Tensor:
    build = ConstituentFeatures(
        schema.sequences[name],
        schema.scalars,
        features,
        means,
        widths,
        dtype="float32",  # half precision ends at momenta of 65 TeV, and has three digits
    )
    return build(inputs[name], inputs["jet"], inputs[f"{name}_mask"])


def _scalars(jet: Tensor, schema: Schema, wanted: Inputs, summary: Summary) -> Tensor | None:
    if not wanted.scalars:
        return None
    columns = [schema.scalars.index(name) for name in wanted.scalars]
    moments = [summary.moments["jet"][name] for name in wanted.scalars]
    chosen = keras.ops.take(jet, columns, axis=1)
    return (chosen - keras.ops.array([mean for mean, _ in moments])) / keras.ops.array([std for _, std in moments])
