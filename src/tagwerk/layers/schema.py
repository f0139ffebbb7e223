"""Which numbers of a jet a tagger is handed, and in which order."""

from dataclasses import dataclass, field, replace
from typing import Self

from tagwerk.cards.dataset import Dataset
from tagwerk.cards.tagger import Inputs
from tagwerk.jets.features import PT_ETA_PHI_ENERGY
from tagwerk.jets.nodes import CHILDREN, MERGE


@dataclass(frozen=True)
class Schema:
    """The columns of a tagger's input arrays.

    Attributes:
        classes: names, in the order of the labels.
        scalars: the columns of `jet`, (B, J).
        sequences: the columns of each sequence, (B, T, K); the merges of a tree are one too.
        trees: of which other sequence's constituents each tree among the sequences is.
        truth: the sequences whose constituents' truth is needed to train, no input of the model.
    """

    classes: list[str]
    scalars: list[str]
    sequences: dict[str, list[str]]
    trees: dict[str, str] = field(default_factory=dict)
    truth: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, dataset: Dataset, inputs: Inputs) -> Self:
        """Return the columns that a tagger with these inputs needs of a dataset."""
        trees = {name: dataset.trees()[name][0] for name in inputs.trees}
        features = {sequence: list[str]() for sequence in trees.values()} | inputs.sequences
        sequences = {
            name: [*PT_ETA_PHI_ENERGY, *(extra for extra in dataset.sequences[name].extra if extra in wanted)]
            for name, wanted in features.items()
        }
        merges = {name: list(MERGE) for name in trees}
        return cls([each.name for each in dataset.classes], dataset.scalars, sequences | merges, trees)

    def with_truth(self) -> Self:
        """Return the same with the truth of all constituents."""
        return replace(self, truth=[name for name in self.sequences if name not in self.trees])

    def without_truth(self) -> Self:
        """Return the same for jets of which no truth is known, or needed."""
        return replace(self, truth=[])

    def fields(self) -> dict[str, list[str]]:
        """Return which fields of jet records hold these columns, and of each the variables."""
        numbers: dict[str, list[str]] = {name: [] for name in ("event", "source", "label", "weight")}
        lists = {name: [*columns, *self._truth_of(name)] for name, columns in self.sequences.items()}
        return numbers | {"jet": self.scalars} | lists | {name: list(CHILDREN) for name in self.trees}

    def _truth_of(self, sequence: str) -> list[str]:
        return ["truth"] if sequence in self.truth else []
