"""Jet records as plain columns, on which ingest works; `Chunk.records` gives the jet records themselves."""

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
        event: event identity, (N,) uint64.
        piece: index of the piece of the split, (N,) int64; -1 for none.
        label: class index, (N,) int64.
        weight: (N,) float32.
        jet: jet variables, each (N,) float32.
        sequences: constituents by name of the sequence.
        trees: merges of these constituents, made by `tagwerk.jets.trees`, by name of the record's field.
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
        """Return these jets, in this order."""
        sequences, trees = (
            {name: lists.take(jets) for name, lists in group.items()} for group in (self.sequences, self.trees)
        )
        return self._of(jets, sequences, trees)

    def ordered(self, keys: Mapping[str, Values], max_lengths: Mapping[str, int], jets: Ints) -> Self:
        """Return these jets with each sequence in descending order of its key (M,), cut to its maximum length.

        Trees are dropped: they were over other constituents.
        """
        sequences = {name: lists.ordered(keys[name], max_lengths[name], jets) for name, lists in self.sequences.items()}
        return self._of(jets, sequences, {})

    def records(self) -> ak.Array:
        """Return the jet records, (N,), without copying values."""
        fields = {
            "event": self.event,
            "source": ak.from_arrow(pa.repeat(self.source, len(self))),
            "label": self.label,
            "weight": self.weight,
            "jet": ak.zip(dict(self.jet)),
        }
        lists = {name: ragged.lists() for name, ragged in (*self.sequences.items(), *self.trees.items())}
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
