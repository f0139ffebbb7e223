"""Which numbers of a jet a tagger is handed, and in which order."""

from dataclasses import dataclass
from typing import Self

from tagwerk.cards.dataset import Dataset
from tagwerk.cards.tagger import Inputs


@dataclass(frozen=True)
class Schema:
    """The columns of a tagger's input arrays.

    Attributes:
        classes: names, in the order of the labels.
        scalars: the columns of `jet`, (B, J).
        sequences: the columns of each sequence, (B, T, K).
    """

    classes: list[str]
    scalars: list[str]
    sequences: dict[str, list[str]]

    @classmethod
    def of(cls, dataset: Dataset, inputs: Inputs) -> Self:
        """Return the columns that a tagger with these inputs needs of a dataset."""
        sequences = {
            name: ["pt", "eta", "phi", "energy", *(extra for extra in dataset.sequences[name].extra if extra in wanted)]
            for name, wanted in inputs.sequences.items()
        }
        return cls([each.name for each in dataset.classes], dataset.scalars, sequences)

    def fields(self) -> dict[str, list[str]]:
        """Return which fields of jet records hold these columns, and of each the variables."""
        numbers: dict[str, list[str]] = {name: [] for name in ("event", "source", "label", "weight")}
        return numbers | {"jet": self.scalars} | self.sequences
