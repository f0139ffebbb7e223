"""Jet records as plain columns, on which ingest works; `Chunk.records` are the jet records themselves."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Self

import awkward as ak
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from tagwerk.arrays import Ints, Values
from tagwerk.jets.ragged import Ragged


@dataclass(frozen=True)
class Chunk:
    """N jets of one part.

    Attributes:
        source: the part's name.
        event: identity, (N,) uint64.
        piece: index of the piece of the split, (N,) int64; -1 for none.
        label: class index, (N,) int64.
        weight: (N,) float32.
        jet: their own variables, each (N,) float32.
        sequences: their constituents by the sequence's name.
        trees: the merges over these constituents, made by `tagwerk.jets.trees`, by the name of the record's field.
    """

    source: str
    event: npt.NDArray[np.uint64]
    piece: npt.NDArray[np.int64]
    label: npt.NDArray[np.int64]
    weight: npt.NDArray[np.float32]
    jet: Mapping[str, Values]
    sequences: Mapping[str, Ragged]
    trees: Mapping[str, Ragged] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.event)

    def take(self, jets: Ints) -> Self:
        """Return these jets, in their order."""
        sequences, trees = (
            {name: each.take(jets) for name, each in lists.items()} for lists in (self.sequences, self.trees)
        )
        return self._of(jets, sequences, trees)

    def ordered(self, keys: Mapping[str, Values], most: Mapping[str, int], jets: Ints) -> Self:
        """Return these jets, their constituents by falling key and at most so many, each key (M,) of a sequence.

        Trees are not kept: they were of other constituents.
        """
        sequences = {name: each.ordered(keys[name], most[name], jets) for name, each in self.sequences.items()}
        return self._of(jets, sequences, {})

    def records(self) -> ak.Array:
        """Return the jet records, (N,); no value is copied."""
        fields = {
            "event": self.event,
            "source": ak.from_arrow(pa.repeat(self.source, len(self))),
            "label": self.label,
            "weight": self.weight,
            "jet": ak.zip(dict(self.jet)),
        }
        lists = {name: each.lists() for name, each in (*self.sequences.items(), *self.trees.items())}
        return ak.zip(fields | lists, depth_limit=1)

    def _of(self, jets: Ints, sequences: Mapping[str, Ragged], trees: Mapping[str, Ragged]) -> Self:
        return replace(
            self,
            event=self.event[jets],
            piece=self.piece[jets],
            label=self.label[jets],
            weight=self.weight[jets],
            jet={name: values[jets] for name, values in self.jet.items()},
            sequences=sequences,
            trees=trees,
        )
