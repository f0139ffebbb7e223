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
        inputs: the model's inputs by name: `jet` (B, J), each sequence (B, T, K) and its `<sequence>_mask` (B, T).
        sequences: normalised features (B, T, F) and mask (B, T) of each sequence.
        scalars: normalised jet variables (B, S), or None where the card asks for none.
        classes: their names, in the order of the labels.
        trained: those of them that the model is trained on.
    """

    inputs: dict[str, Tensor]
    sequences: dict[str, tuple[Tensor, Tensor]]
    scalars: Tensor | None
    classes: list[str]
    trained: list[str]

    @property
    def sequence(self) -> tuple[Tensor, Tensor]:
        """Features and mask of the only sequence."""
        (only,) = self.sequences.values()
        return only

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
    jet = keras.Input((len(schema.scalars),), name="jet")
    inputs, sequences = {"jet": jet}, {}
    for name, fields in schema.sequences.items():
        constituents = keras.Input((None, len(fields)), name=name)
        mask = keras.Input((None,), dtype="bool", name=f"{name}_mask")
        inputs |= {name: constituents, f"{name}_mask": mask}
        features = wanted.sequences[name]
        moments = [summary.moments[name][feature] for feature in features]
        build = ConstituentFeatures(
            fields,
            schema.scalars,
            features,
            [mean for mean, _ in moments],
            [std for _, std in moments],
            dtype="float32",  # half precision ends at momenta of 65 TeV, and their logarithms have three digits in it
        )
        sequences[name] = (build(constituents, jet, mask), mask)
    scalars = _scalars(jet, schema, wanted, summary)
    return Front(inputs, sequences, scalars, schema.classes, list(trained or schema.classes))


def _scalars(jet: Tensor, schema: Schema, wanted: Inputs, summary: Summary) -> Tensor | None:
    if not wanted.scalars:
        return None
    columns = [schema.scalars.index(name) for name in wanted.scalars]
    moments = [summary.moments["jet"][name] for name in wanted.scalars]
    chosen = keras.ops.take(jet, columns, axis=1)
    return (chosen - keras.ops.array([mean for mean, _ in moments])) / keras.ops.array([std for _, std in moments])
