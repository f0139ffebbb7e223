"""Jets in memory as plain arrays, from which batches are made."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Self

import awkward as ak
import numpy as np
import numpy.typing as npt
import pandas as pd

from tagwerk.arrays import Floats32, Ints
from tagwerk.errors import error_context
from tagwerk.jets.nodes import MERGE_FIELDS
from tagwerk.jets.ordering import ranges, starts
from tagwerk.jets.pad import pad
from tagwerk.jets.ragged import Ragged
from tagwerk.layers.schema import Schema
from tagwerk.records.parts import Part, RowGroup, list_row_groups
from tagwerk.records.tree_momenta import tree_with_momenta
from tagwerk.training.examples import Inputs


@dataclass(frozen=True)
class ListArray:
    """A sequence of N jets: `content` (M, K) of all lists, and start and length of each, (N,).

    Unlike in `Ragged`, the variables of a constituent are adjacent, so a batch takes them together, and jets are taken
    without copying their constituents.
    """

    content: Floats32
    starts: Ints
    counts: Ints

    @classmethod
    def of(cls, constituents: Ragged, names: Sequence[str]) -> Self:
        """Return these variables of the constituents."""
        return cls(constituents.matrix(names), constituents.starts, constituents.counts)

    def take(self, rows: Ints) -> Self:
        """Return the lists of these jets; the content is not copied."""
        return replace(self, starts=self.starts[rows], counts=self.counts[rows])

    def to_packed(self) -> Self:
        """Return the same lists, contiguous and without unreachable content."""
        packed = starts(self.counts)
        if len(self.content) == self.counts.sum() and np.array_equal(self.starts, packed):
            return self
        return replace(self, content=self.content[ranges(self.starts, self.counts)], starts=packed)

    def padded(self, rows: Ints, length: int) -> tuple[Floats32, npt.NDArray[np.bool_]]:
        """Return the lists of some jets, (B, length, K), padded with zeros, and their mask (B, length)."""
        return pad(self.content, self.starts[rows], self.counts[rows], length)


@dataclass(frozen=True)
class Jets:
    """N jets.

    Attributes:
        schema: the names of the columns.
        records: identity, label and weight, named as in the jet record.
        scalars: (N, J), in the order of the schema.
        sequences: by name.
        truth: one number per constituent, the index of its origin, for sequences whose truth the schema asks for.
    """

    schema: Schema
    records: ak.Array
    scalars: Floats32
    sequences: dict[str, ListArray]
    truth: dict[str, ListArray]

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
        """Return the scalar variables as a data frame."""
        return pd.DataFrame(self.scalars, columns=self.schema.scalars)

    @property
    def nbytes(self) -> int:
        """The memory that the jets take."""
        lists = [*self.sequences.values(), *self.truth.values()]
        arrays = [self.scalars, *(array for each in lists for array in (each.content, each.starts, each.counts))]
        return int(self.records.nbytes) + sum(array.nbytes for array in arrays)

    def sizes(self) -> Counter[str]:
        """Return the number of jets as `jets`, and that of the elements of all lists by the name of the sequence."""
        elements = {name: int(lists.counts.sum()) for name, lists in self.sequences.items()}
        return Counter(elements | {"jets": len(self)})

    def to_packed(self) -> Self:
        """Return the same jets without what others have left in memory."""
        return replace(
            self,
            records=ak.to_packed(self.records),
            sequences={name: lists.to_packed() for name, lists in self.sequences.items()},
            truth={name: lists.to_packed() for name, lists in self.truth.items()},
        )

    def take(self, rows: Ints) -> Self:
        """Return the jets in these rows (K,), which may repeat."""
        return replace(
            self,
            records=self.records[rows],
            scalars=self.scalars[rows],
            sequences={name: lists.take(rows) for name, lists in self.sequences.items()},
            truth={name: lists.take(rows) for name, lists in self.truth.items()},
        )

    def with_more(self, other: "Jets") -> "Jets":
        """Return these jets and then others."""
        return concatenate([self, other])

    def with_weights(self, weight: npt.NDArray[Any]) -> Self:
        """Return the same jets with other weights, (N,)."""
        return replace(self, records=ak.with_field(self.records, weight.astype(np.float32), "weight"))

    def lengths(self) -> Ints:
        """Return the length of each jet's longest sequence, (N,)."""
        counts = [np.zeros(len(self), np.int64), *(lists.counts for lists in self.sequences.values())]
        return np.asarray(np.max(counts, axis=0))

    def variable(self, name: str, column: int) -> str:
        """Return the name of a column of an input."""
        return self.schema.scalars[column] if name == "jet" else f"{name}.{self.schema.sequences[name][column]}"

    def identity(self, row: int) -> str:
        """Return in words which jet is in a row."""
        return f"event {self.records[row].event} of file '{self.records[row].source}'"

    def inputs(self, rows: Ints, length: int) -> Inputs:
        """Return a model's inputs for some jets: `jet`, and each sequence padded to `length` with its mask."""
        arrays: Inputs = {"jet": self.scalars[rows]}
        for name, lists in self.sequences.items():
            values, mask = lists.padded(rows, length)
            arrays |= {name: values, f"{name}_mask": mask}
        return arrays

    def targets(self, rows: Ints, length: int) -> Inputs:
        """Return a model's targets for some jets, and their weights.

        These are `label` (B,), `weight` (B,) and, if the schema asks for it, `<sequence>_truth` (B, length).
        """
        arrays: Inputs = {"label": self.label[rows], "weight": self.weight[rows]}
        for name, lists in self.truth.items():
            arrays[f"{name}_truth"] = lists.padded(rows, length)[0][..., 0]
        return arrays


def load_jets(parts: Sequence[Part], pieces: Sequence[str], schema: Schema) -> Jets:
    """Return the jets of some pieces, such as train or fold_3, of the dataset's parts."""
    return concatenate([read_jets(group, schema) for group in list_row_groups(parts, pieces, schema.fields())])


def read_jets(row_group: RowGroup, schema: Schema) -> Jets:
    """Return the jets of one row group.

    Raises:
        UserError: a variable is missing, or the merges of a tree do not form one.
    """
    records = row_group.read(schema.fields())
    sequences, truth = {}, {}
    for name, columns in schema.sequences.items():
        if name in schema.trees:
            with error_context(row_group.path):
                _, merges = tree_with_momenta(records, schema.trees[name], name)
            sequences[name] = ListArray.of(merges, MERGE_FIELDS)
        else:
            sequences[name] = ListArray.of(Ragged.of_lists(records[name], columns), columns)
        if name in schema.truth:
            truth[name] = ListArray.of(Ragged.of_lists(records[name], ["truth"]), ["truth"])
    scalars = np.stack([ak.to_numpy(records.jet[name]) for name in schema.scalars], axis=1)
    return Jets(schema, records[["event", "source", "label", "weight"]], scalars.astype(np.float32), sequences, truth)


def concatenate(samples: Sequence[Jets]) -> Jets:
    """Return the jets of all samples; only their own constituents are kept in memory."""
    if len(samples) == 1:
        return samples[0]
    return join(samples, sum((jets.sizes() for jets in samples), Counter()))


def join(samples: Iterable[Jets], sizes: Counter[str]) -> Jets:
    """Return the jets of all samples, whose `sizes` are known: only one at a time is in memory next to the result."""
    schema, joined, records = None, _Arrays(), []
    for jets in samples:
        schema = jets.schema
        records.append(jets.records)
        joined.append("scalars", jets.scalars, sizes["jets"])
        for kind, of_kind in (("sequence", jets.sequences), ("truth", jets.truth)):
            for name, lists in of_kind.items():
                joined.append(f"{kind} {name}", lists.to_packed().content, sizes[name])
                joined.append(f"{kind} {name} counts", lists.counts, sizes["jets"])
        del jets
    assert schema is not None
    sequences, truth = (
        {name: joined.lists(f"{kind} {name}") for name in names}
        for kind, names in (("sequence", schema.sequences), ("truth", schema.truth))
    )
    return Jets(schema, ak.concatenate(records), joined["scalars"], sequences, truth)


class _Arrays(dict[str, npt.NDArray[Any]]):
    """Arrays by name that are filled one piece after another."""

    def __init__(self) -> None:
        super().__init__()
        self._filled: Counter[str] = Counter()

    def append(self, name: str, piece: npt.NDArray[Any], size: int) -> None:
        """Append a piece to an array of this size in the end."""
        if name not in self:
            self[name] = np.empty((size, *piece.shape[1:]), piece.dtype)
        start = self._filled[name]
        self[name][start : start + len(piece)] = piece
        self._filled[name] += len(piece)

    def lists(self, name: str) -> ListArray:
        """Return the lists of this name, once they are complete."""
        counts = self[f"{name} counts"]
        return ListArray(self[name], starts(counts), counts)
