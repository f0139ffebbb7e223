"""Jets in memory as plain arrays, from which batches are cut."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Self

import awkward as ak
import numpy as np
import numpy.typing as npt
import pandas as pd

from tagwerk.jets.pad import Counts, Floats, flatten, pad, starts
from tagwerk.shards.records import read_variables
from tagwerk.shards.schema import Schema

Inputs = dict[str, npt.NDArray[Any]]


@dataclass(frozen=True)
class Lists:
    """A sequence of N jets: the elements of all, (M, K), where each jet's begin and how many it has, (N,)."""

    content: Floats
    first: Counts
    counts: Counts

    def take(self, rows: Counts) -> Self:
        """Return the lists of these jets; no element is copied."""
        return replace(self, first=self.first[rows], counts=self.counts[rows])


@dataclass(frozen=True)
class Jets:
    """N jets.

    Attributes:
        schema: what the columns are.
        records: identity, label and weight, in the words of the jet record.
        scalars: (N, J), in the order of the schema.
        sequences: the constituents of each named sequence.
    """

    schema: Schema
    records: ak.Array
    scalars: Floats
    sequences: dict[str, Lists]

    def __len__(self) -> int:
        return len(self.scalars)

    @property
    def label(self) -> npt.NDArray[np.int64]:
        """Class indices (N,)."""
        return np.asarray(self.records.label, np.int64)

    @property
    def weight(self) -> Floats:
        """Weights (N,)."""
        return np.asarray(self.records.weight, np.float32)

    def table(self) -> pd.DataFrame:
        """Return the scalar variables as a table with their names."""
        return pd.DataFrame(self.scalars, columns=self.schema.scalars)

    def take(self, rows: Counts) -> Self:
        """Return these jets, (K,), in their order; one may be among them more than once."""
        sequences = {name: lists.take(rows) for name, lists in self.sequences.items()}
        return replace(self, records=self.records[rows], scalars=self.scalars[rows], sequences=sequences)

    def weighted(self, weight: npt.NDArray[Any]) -> Self:
        """Return the same jets with other weights, (N,)."""
        return replace(self, records=ak.with_field(self.records, weight.astype(np.float32), "weight"))

    def lengths(self) -> Counts:
        """Return the length of each jet's longest sequence, (N,)."""
        counts = [np.zeros(len(self), np.int64), *(lists.counts for lists in self.sequences.values())]
        return np.asarray(np.max(counts, axis=0))

    def inputs(self, rows: npt.NDArray[np.int64], length: int) -> Inputs:
        """Return what a model takes of some jets, each sequence padded to `length` and beside its mask."""
        arrays: Inputs = {"jet": self.scalars[rows]}
        for name, lists in self.sequences.items():
            values, mask = pad(lists.content, lists.first[rows], lists.counts[rows], length)
            arrays |= {name: values, f"{name}_mask": mask}
        return arrays


def load_jets(parts: Sequence[Path], pieces: Sequence[str], schema: Schema) -> Jets:
    """Return the jets of some pieces, such as train or fold_3, from the directories of the dataset's parts."""
    records = read_variables(parts, pieces, schema.fields())
    sequences = {}
    for name, fields in schema.sequences.items():
        content, counts = flatten(records[name], fields)
        sequences[name] = Lists(content, starts(counts), counts)
    scalars = np.stack([ak.to_numpy(records.jet[name]) for name in schema.scalars], axis=1)
    return Jets(schema, records[["event", "source", "label", "weight"]], scalars.astype(np.float32), sequences)
