"""A subset of the jets of a split, independent of seed, file order and memory.

Jets are chosen by a hash of their identity. So a smaller subset is part of a larger one, and each class keeps its share
up to random fluctuations.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self, TypeAlias

import awkward as ak
import numpy as np
import numpy.typing as npt
import pandas as pd

from tagwerk.arrays import Ints
from tagwerk.errors import UserError
from tagwerk.jets.identity import jet_identity
from tagwerk.records.parts import Fields, RowGroup

Hashes = npt.NDArray[np.uint64]

_Rows: TypeAlias = tuple[Hashes, Ints, Ints]  # of jets: hash, index of the row group, row in it

_IDENTITY: Fields = {"event": [], "jet": ["pt", "eta", "phi"]}


@dataclass(frozen=True, eq=False)
class SelectedRows(RowGroup):
    """Some rows (K,) of a row group."""

    path: Path
    row_group: RowGroup
    rows: Ints
    jets: int
    num_values: int

    @classmethod
    def of(cls, row_group: RowGroup, rows: Ints) -> Self:
        """Return these rows of a row group."""
        num_values = round(row_group.num_values * len(rows) / row_group.jets)
        return cls(row_group.path, row_group, rows, len(rows), num_values)

    def read(self, fields: Fields) -> ak.Array:
        """Return the records in these rows, keeping no others in memory."""
        return ak.to_packed(self.row_group.read(fields)[self.rows])


def subset(row_groups: Sequence[RowGroup], count: int, name: str) -> list[SelectedRows]:
    """Return the rows of the `count` jets of smallest hash, with at most twice as many and a row group in memory.

    Args:
        row_groups: of a split.
        count: number of jets to choose.
        name: of the split in messages.

    Raises:
        UserError: the split holds fewer jets.
    """
    total = sum(row_group.jets for row_group in row_groups)
    if count > total:
        raise UserError(
            f"key 'training_jets': {count} is more than the {total} jets in {name}; "
            "ask for fewer, or give the study more jets"
        )
    candidates = [(np.empty(0, np.uint64), np.empty(0, np.int64), np.empty(0, np.int64))]
    waiting, largest = 0, np.uint64(2**64 - 1)
    for index, row_group in enumerate(row_groups):
        hashes = jet_hashes(row_group)
        rows = np.flatnonzero(hashes <= largest)
        candidates.append((hashes[rows], np.full(len(rows), index), rows))
        waiting += len(rows)
        if waiting >= count:
            candidates, waiting = [_smallest(candidates, count)], 0
            largest = candidates[0][0][-1]
    _, group, row = _smallest(candidates, count)
    order = np.lexsort((row, group))
    groups, first = np.unique(group[order], return_index=True)
    chosen = np.split(row[order], first[1:])
    return [SelectedRows.of(row_groups[index], rows) for index, rows in zip(groups, chosen, strict=True)]


def jet_hashes(row_group: RowGroup) -> Hashes:
    """Return the hash of each jet of a row group, (N,): uniform, and independent of the hash that splits events."""
    records = row_group.read(_IDENTITY)
    momentum = {name: ak.to_numpy(records.jet[name]) for name in _IDENTITY["jet"]}
    identity = jet_identity(np.asarray(ak.to_numpy(records.event), np.uint64), momentum)
    return np.asarray(pd.util.hash_array(identity), np.uint64)


def _smallest(tables: Sequence[_Rows], count: int) -> _Rows:
    """Return the `count` rows of smallest hash, the first column, of some tables; ties go to earlier rows."""
    hashes, group, row = (np.concatenate(column) for column in zip(*tables, strict=True))
    order = np.argsort(hashes, kind="stable")[:count]
    return hashes[order], group[order], row[order]
