"""The columns of a tagger's inputs, and their order."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Protocol, Self

from tagwerk.jets.nodes import CHILDREN


@dataclass(frozen=True)
class Schema:
    """The columns of a tagger's input arrays.

    Attributes:
        classes: names, in the order of the labels.
        scalars: the columns of `jet`, (B, J).
        sequences: the columns of each sequence, (B, T, K); the merges of a tree are also one.
        trees: for each tree among the sequences, the sequence of its constituents.
        truth: the sequences whose constituents' truth is needed for training; not an input of the model.
        origins: the names of the origins of constituents, of each sequence whose truth is one of several.
    """

    classes: list[str]
    scalars: list[str]
    sequences: dict[str, list[str]]
    trees: dict[str, str] = field(default_factory=dict)
    truth: list[str] = field(default_factory=list)
    origins: dict[str, list[str]] = field(default_factory=dict)

    def with_truth(self) -> Self:
        """Return the schema with the truth of all constituents."""
        return replace(self, truth=[name for name in self.sequences if name not in self.trees])

    def without_truth(self) -> Self:
        """Return the schema for jets whose truth is unknown or not needed."""
        return replace(self, truth=[])

    def fields(self) -> dict[str, list[str]]:
        """Return the fields of jet records that hold these columns, and the variables of each field."""
        per_jet: dict[str, list[str]] = {name: [] for name in ("event", "source", "label", "weight")}
        lists = {name: [*columns, *self._truth_of(name)] for name, columns in self.sequences.items()}
        return per_jet | {"jet": self.scalars} | lists | {name: list(CHILDREN) for name in self.trees}

    def _truth_of(self, sequence: str) -> list[str]:
        return ["truth"] if sequence in self.truth else []


class InputFeatures(Protocol):
    """The features that a tagger's card lists: by sequence, by tree, and of the jet itself."""

    @property
    def sequences(self) -> Mapping[str, list[str]]:
        """Features of the constituents, by sequence."""

    @property
    def trees(self) -> Mapping[str, list[str]]:
        """Features of the nodes, by tree."""

    @property
    def scalars(self) -> list[str]:
        """Jet variables."""


class FeatureMoments(Protocol):
    """The normalisation of features in a dataset's summary, by sequence, tree or `jet`, and by feature."""

    @property
    def moments(self) -> Mapping[str, Mapping[str, tuple[float, float]]]:
        """Mean and standard deviation."""

    @property
    def ranges(self) -> Mapping[str, Mapping[str, tuple[float, float]]]:
        """The range that values are clipped to; empty if they are not clipped."""
