"""The model_inputs of every network: its inputs in GeV and radians, and the normalised features made of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import keras

from tagwerk.arrays import Tensor
from tagwerk.layers.constituent_features import ConstituentFeatures, normalised
from tagwerk.layers.schema import InputFeatures, Moments, Schema
from tagwerk.layers.tree_nodes import Children, NodeFeatures


class TreeInput(NamedTuple):
    """The nodes of jets' trees: constituents first, then merges, the root last.

    Attributes:
        nodes: their normalised features, (B, N, F).
        children: the places of each node's children among them, (B, N, 2), the harder first; -1 where none.
        mask: (B, N), true where a node is real.
    """

    nodes: Tensor
    children: Tensor
    mask: Tensor


@dataclass(frozen=True)
class ModelInputs:
    """What an architecture builds on.

    Attributes:
        schema: the columns of the inputs.
        inputs: the model's inputs by name: `jet` (B, J), each sequence (B, T, K) and its `<sequence>_mask` (B, T).
        sequences: normalised features (B, T, F) and mask (B, T) of each sequence.
        trees: each tree.
        scalars: normalised jet variables (B, S), or None where the card asks for none.
        trained: the classes that the model is trained on, of those of the schema.
    """

    schema: Schema
    inputs: dict[str, Tensor]
    sequences: dict[str, tuple[Tensor, Tensor]]
    trees: dict[str, TreeInput]
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

    @property
    def tree(self) -> TreeInput:
        """The only tree."""
        (only,) = self.trees.values()
        return only

    def raw(self, *names: str) -> Tensor:
        """Return features of the only sequence as they are, in GeV and radians, (B, T, F)."""
        (sequence,) = self.sequences
        return _features(self.schema, self.inputs, sequence, list(names), _Normalisation.none(len(names)))

    def model(self, scores: Tensor, **others: Tensor) -> keras.Model:
        """Return the model from the inputs to `scores`, class probabilities (B, classes), and other outputs by name."""
        return keras.Model(self.inputs, {"scores": scores, **others})


def model_inputs(schema: Schema, wanted: InputFeatures, summary: Moments, trained: Sequence[str] = ()) -> ModelInputs:
    """Return the inputs of a model for jets of this schema, normalised by the summary's moments.

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
    sequences = {
        name: (
            _features(schema, inputs, name, features, _Normalisation.of(summary, name, features)),
            inputs[f"{name}_mask"],
        )
        for name, features in wanted.sequences.items()
    }
    trees = {name: _tree(schema, inputs, name, features, summary) for name, features in wanted.trees.items()}
    scalars = _scalars(inputs["jet"], schema, wanted, summary)
    return ModelInputs(schema, inputs, sequences, trees, scalars, list(trained or schema.classes))


def hardest(most: int | None, *constituents: Tensor) -> tuple[Tensor, ...]:
    """Return arrays (B, T, ...) of constituents with at most so many a jet, the first ones: those of the highest pT."""
    return constituents if most is None else tuple(each[:, :most] for each in constituents)


class _Normalisation(NamedTuple):
    """Mean and standard deviation of each of F features, and the range that it is clipped to beforehand."""

    mean: list[float]
    deviation: list[float]
    low: list[float] | None
    high: list[float] | None

    @classmethod
    def of(cls, summary: Moments, group: str, names: list[str]) -> "_Normalisation":
        """Return those of features of a sequence or tree, or of variables of the `jet`."""
        mean, deviation = zip(*(summary.moments[group][name] for name in names), strict=True)
        if not summary.ranges:
            return cls(list(mean), list(deviation), None, None)
        low, high = zip(*(summary.ranges[group][name] for name in names), strict=True)
        return cls(list(mean), list(deviation), list(low), list(high))

    @classmethod
    def none(cls, number: int) -> "_Normalisation":
        """Return those that leave features as they are."""
        return cls([0.0] * number, [1.0] * number, None, None)


def _features(
    schema: Schema, inputs: dict[str, Tensor], name: str, features: list[str], moments: _Normalisation
) -> Tensor:
    build = ConstituentFeatures(
        schema.sequences[name],
        schema.scalars,
        features,
        *moments,
        dtype="float32",  # half precision ends at momenta of 65 TeV, and has three digits
    )
    return build(inputs[name], inputs["jet"], inputs[f"{name}_mask"])


def _tree(schema: Schema, inputs: dict[str, Tensor], name: str, features: list[str], summary: Moments) -> TreeInput:
    sequence = schema.trees[name]
    build = NodeFeatures(
        schema.sequences[sequence],
        schema.scalars,
        features,
        *_Normalisation.of(summary, name, features),
        dtype="float32",  # as those of constituents
    )
    merges, mask, merge_mask = inputs[name], inputs[f"{sequence}_mask"], inputs[f"{name}_mask"]
    nodes = build(inputs[sequence], merges, inputs["jet"], mask, merge_mask)
    children = Children(dtype="float32")(merges, mask, merge_mask)
    return TreeInput(nodes, children, keras.ops.concatenate([mask, merge_mask], axis=1))


def _scalars(jet: Tensor, schema: Schema, wanted: InputFeatures, summary: Moments) -> Tensor | None:
    if not wanted.scalars:
        return None
    columns = [schema.scalars.index(name) for name in wanted.scalars]
    return normalised(keras.ops.take(jet, columns, axis=1), *_Normalisation.of(summary, "jet", wanted.scalars))
