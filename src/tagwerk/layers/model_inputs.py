"""The inputs of every network, in GeV and radians, and the normalised features computed from them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import keras

from tagwerk.arrays import Tensor
from tagwerk.layers.constituent_features import ConstituentFeatures, normalise
from tagwerk.layers.schema import FeatureMoments, InputFeatures, Schema
from tagwerk.layers.tree_nodes import Children, NodeFeatures


class TreeInput(NamedTuple):
    """The nodes of jets' trees: constituents first, then merges, the root last.

    Attributes:
        nodes: their normalised features, (B, N, F).
        children: indices of each node's children among them, (B, N, 2), the harder first; -1 where none.
        mask: (B, N), true where real.
    """

    nodes: Tensor
    children: Tensor
    mask: Tensor


@dataclass(frozen=True)
class ModelInputs:
    """The inputs that an architecture builds on.

    Attributes:
        schema: the columns of the inputs.
        inputs: the model's inputs by name: `jet` (B, J), each sequence (B, T, K) and its `<sequence>_mask` (B, T).
        sequences: normalised features (B, T, F) and mask (B, T) of each sequence.
        trees: the trees.
        scalars: normalised jet variables (B, S), or None if the card has none.
        trained_classes: the classes that the model is trained on, of those of the schema.
    """

    schema: Schema
    inputs: dict[str, Tensor]
    sequences: dict[str, tuple[Tensor, Tensor]]
    trees: dict[str, TreeInput]
    scalars: Tensor | None
    trained_classes: list[str]

    @property
    def classes(self) -> list[str]:
        """Names of all classes, in the order of the labels."""
        return self.schema.classes

    @property
    def sequence(self) -> tuple[Tensor, Tensor]:
        """Features and mask of the only sequence."""
        (only,) = self.sequences.values()
        return only

    @property
    def origins(self) -> list[str]:
        """Names of the origins of the only sequence's constituents; empty if they are from the signal decay or not."""
        (sequence,) = self.sequences
        return self.schema.origins.get(sequence, [])

    @property
    def tree(self) -> TreeInput:
        """The only tree."""
        (only,) = self.trees.values()
        return only

    def raw(self, *names: str, sequence: str | None = None) -> Tensor:
        """Return features of a sequence, or the only one, without normalisation, in GeV and radians, (B, T, F)."""
        if sequence is None:
            (sequence,) = self.sequences
        return _sequence(self.schema, self.inputs, sequence, list(names), _Normalisation.identity(len(names)))

    def model(self, scores: Tensor, **others: Tensor) -> keras.Model:
        """Return the model from the inputs to `scores`, class probabilities (B, classes), and other outputs by name."""
        return keras.Model(self.inputs, {"scores": scores, **others})


def model_inputs(
    schema: Schema, features: InputFeatures, summary: FeatureMoments, trained_classes: Sequence[str] = ()
) -> ModelInputs:
    """Return the inputs of a model for jets of this schema, normalised by the summary's moments.

    Args:
        schema: the columns of the model's inputs.
        features: that the model sees.
        summary: with the moments of the features.
        trained_classes: the classes that the model is trained on; all by default.
    """
    inputs = {"jet": keras.Input((len(schema.scalars),), name="jet")}
    for name, columns in schema.sequences.items():
        inputs[name] = keras.Input((None, len(columns)), name=name)
        inputs[f"{name}_mask"] = keras.Input((None,), dtype="bool", name=f"{name}_mask")
    sequences = {
        name: (
            _sequence(schema, inputs, name, names, _Normalisation.of(summary, name, names)),
            inputs[f"{name}_mask"],
        )
        for name, names in features.sequences.items()
    }
    trees = {name: _tree(schema, inputs, name, names, summary) for name, names in features.trees.items()}
    scalars = _scalars(inputs["jet"], schema, features.scalars, summary)
    return ModelInputs(schema, inputs, sequences, trees, scalars, list(trained_classes or schema.classes))


def hardest(count: int | None, *constituents: Tensor) -> tuple[Tensor, ...]:
    """Return arrays (B, T, ...) of constituents with at most `count` per jet, the first, which have the highest pT."""
    return constituents if count is None else tuple(array[:, :count] for array in constituents)


class _Normalisation(NamedTuple):
    """Mean and standard deviation of each of F features, and the range to which it is clipped first."""

    mean: list[float]
    std: list[float]
    low: list[float] | None
    high: list[float] | None

    @classmethod
    def of(cls, summary: FeatureMoments, group: str, names: list[str]) -> "_Normalisation":
        """Return the normalisation of features of a sequence or tree, or of variables of the `jet`."""
        mean, std = zip(*(summary.moments[group][name] for name in names), strict=True)
        if not summary.ranges:
            return cls(list(mean), list(std), None, None)
        low, high = zip(*(summary.ranges[group][name] for name in names), strict=True)
        return cls(list(mean), list(std), list(low), list(high))

    @classmethod
    def identity(cls, count: int) -> "_Normalisation":
        """Return the normalisation that does not change features."""
        return cls([0.0] * count, [1.0] * count, None, None)


def _sequence(
    schema: Schema, inputs: dict[str, Tensor], name: str, features: list[str], normalisation: _Normalisation
) -> Tensor:
    layer = ConstituentFeatures(
        schema.sequences[name],
        schema.scalars,
        features,
        *normalisation,
        dtype="float32",  # half precision overflows at 65 TeV, and has three digits
    )
    return layer(inputs[name], inputs["jet"], inputs[f"{name}_mask"])


def _tree(
    schema: Schema, inputs: dict[str, Tensor], name: str, features: list[str], summary: FeatureMoments
) -> TreeInput:
    sequence = schema.trees[name]
    layer = NodeFeatures(
        schema.sequences[sequence],
        schema.scalars,
        features,
        *_Normalisation.of(summary, name, features),
        dtype="float32",  # as for constituents
    )
    merges, mask, merge_mask = inputs[name], inputs[f"{sequence}_mask"], inputs[f"{name}_mask"]
    nodes = layer(inputs[sequence], merges, inputs["jet"], mask, merge_mask)
    children = Children(dtype="float32")(merges, mask, merge_mask)
    return TreeInput(nodes, children, keras.ops.concatenate([mask, merge_mask], axis=1))


def _scalars(jet: Tensor, schema: Schema, names: list[str], summary: FeatureMoments) -> Tensor | None:
    if not names:
        return None
    columns = [schema.scalars.index(name) for name in names]
    return normalise(keras.ops, keras.ops.take(jet, columns, axis=1), *_Normalisation.of(summary, "jet", names))
