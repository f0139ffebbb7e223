"""Jets in memory as plain arrays, from which batches are cut."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any, Self

import awkward as ak
import numpy as np
import numpy.typing as npt
import pandas as pd

from tagwerk.arrays import Floats32, Ints
from tagwerk.errors import naming
from tagwerk.jets.nodes import MERGE
from tagwerk.jets.pad import flatten, pad, starts
from tagwerk.layers.schema import Schema
from tagwerk.records.store import RowGroup, chunks_of, read_chunk
from tagwerk.records.tree_momenta import tree_of

Inputs = dict[str, npt.NDArray[Any]]


@dataclass(frozen=True)
class Lists:
    """A sequence of N jets: the elements of all, (M, K), where each jet's begin and how many it has, (N,)."""

    content: Floats32
    first: Ints
    counts: Ints

    def take(self, rows: Ints) -> Self:
        """Return the lists of these jets; no element is copied."""
        return replace(self, first=self.first[rows], counts=self.counts[rows])

    def packed(self) -> Self:
        """Return the same lists one after the other, without any others between them."""
        first = starts(self.counts)
        if len(self.content) == self.counts.sum() and np.array_equal(self.first, first):
            return self
        rows = np.repeat(self.first - first, self.counts) + np.arange(self.counts.sum())
        return replace(self, content=self.content[rows], first=first)

    def padded(self, rows: Ints, length: int) -> tuple[Floats32, npt.NDArray[np.bool_]]:
        """Return the elements of some jets, (B, length, K), zero behind each list's end, and the mask (B, length)."""
        return pad(self.content, self.first[rows], self.counts[rows], length)


@dataclass(frozen=True)
class Jets:
    """N jets.

    Attributes:
        schema: what the columns are.
        records: identity, label and weight, in the words of the jet record.
        scalars: (N, J), in the order of the schema.
        sequences: the constituents of each named sequence.
        truth: of the sequences for which the schema wants it, one number a constituent: 1 where of the signal decay.
    """

    schema: Schema
    records: ak.Array
    scalars: Floats32
    sequences: dict[str, Lists]
    truth: dict[str, Lists]

    def __len__(self) -> int:
        return len(self.scalars)

    @cached_property
    def label(self) -> npt.NDArray[np.int64]:
        """Class indices (N,)."""
        return np.asarray(self.records.label, np.int64)

    @cached_property
    def weight(self) -> Floats32:
        """Weights (N,)."""
        return np.asarray(self.records.weight, np.float32)

    def table(self) -> pd.DataFrame:
        """Return the scalar variables as a table with their names."""
        return pd.DataFrame(self.scalars, columns=self.schema.scalars)

    def take(self, rows: Ints) -> Self:
        """Return these jets, (K,), in their order; one may be among them more than once."""
        return replace(
            self,
            records=self.records[rows],
            scalars=self.scalars[rows],
            sequences={name: lists.take(rows) for name, lists in self.sequences.items()},
            truth={name: lists.take(rows) for name, lists in self.truth.items()},
        )

    def weighted(self, weight: npt.NDArray[Any]) -> Self:
        """Return the same jets with other weights, (N,)."""
        return replace(self, records=ak.with_field(self.records, weight.astype(np.float32), "weight"))

    def lengths(self) -> Ints:
        """Return the length of each jet's longest sequence, (N,)."""
        counts = [np.zeros(len(self), np.int64), *(lists.counts for lists in self.sequences.values())]
        return np.asarray(np.max(counts, axis=0))

    def inputs(self, rows: Ints, length: int) -> Inputs:
        """Return what a model takes of some jets, each sequence padded to `length` and beside its mask."""
        arrays: Inputs = {"jet": self.scalars[rows]}
        for name, lists in self.sequences.items():
            values, mask = lists.padded(rows, length)
            arrays |= {name: values, f"{name}_mask": mask}
        return arrays

    def targets(self, rows: Ints, length: int) -> Inputs:
        """Return what a model is trained to find of some jets, and how much each counts.

        These are `label` (B,), `weight` (B,) and, where the schema wants it, `<sequence>_truth` (B, length).
        """
        arrays: Inputs = {"label": self.label[rows], "weight": self.weight[rows]}
        for name, lists in self.truth.items():
            arrays[f"{name}_truth"] = lists.padded(rows, length)[0][..., 0]
        return arrays


def load_jets(parts: Sequence[Path], pieces: Sequence[str], schema: Schema) -> Jets:
    """Return the jets of some pieces, such as train or fold_3, from the directories of the dataset's parts."""
    return joined([read_jets(chunk, schema) for chunk in chunks_of(parts, pieces, schema.fields())])


def read_jets(chunk: RowGroup, schema: Schema) -> Jets:
    """Return the jets of one chunk of records.

    Raises:
        UserError: as `read_chunk`, or the merges of a tree make none.
    """
    records = read_chunk(chunk, schema.fields())
    sequences, truth = {}, {}
    for name, columns in schema.sequences.items():
        tree = name in schema.trees
        with naming(chunk.path):
            content, counts = _merges(records, name, schema) if tree else flatten(records[name], columns)
        sequences[name] = Lists(content, starts(counts), counts)
        if name in schema.truth:
            truth[name] = replace(sequences[name], content=flatten(records[name], ["truth"])[0])
    scalars = np.stack([ak.to_numpy(records.jet[name]) for name in schema.scalars], axis=1)
    return Jets(schema, records[["event", "source", "label", "weight"]], scalars.astype(np.float32), sequences, truth)


def _merges(records: ak.Array, name: str, schema: Schema) -> tuple[Floats32, Ints]:
    """Return children and momenta of a tree's merges, (M, 6), and how many each jet has, (N,)."""
    _, merges = tree_of(records, schema.trees[name], name)
    return np.stack([merges.values[column] for column in MERGE], axis=1).astype(np.float32), merges.counts


def joined(some: Sequence[Jets]) -> Jets:
    """Return the jets of all, one after the other; nothing but their own constituents is kept in memory."""
    if len(some) == 1:
        return some[0]
    return Jets(
        some[0].schema,
        ak.concatenate([jets.records for jets in some]),
        np.concatenate([jets.scalars for jets in some]),
        _joined_lists([jets.sequences for jets in some]),
        _joined_lists([jets.truth for jets in some]),
    )


def _joined_lists(some: Sequence[Mapping[str, Lists]]) -> dict[str, Lists]:
    found = {}
    for name in some[0]:
        packed = [lists[name].packed() for lists in some]
        counts = np.concatenate([lists.counts for lists in packed])
        found[name] = Lists(np.concatenate([lists.content for lists in packed]), starts(counts), counts)
    return found
