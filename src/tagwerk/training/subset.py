"""A subset of the jets of a split, independent of seed, file order and memory.

Jets are chosen by a hash of their identity. So a smaller subset is part of a larger one, and each class keeps its share
up to random fluctuations.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import awkward as ak
import numpy as np
import numpy.typing as npt
import pandas as pd

from tagwerk.arrays import Ints
from tagwerk.errors import UserError
from tagwerk.jets.identity import jet_identity
from tagwerk.records.parts import Fields, RowGroup

Hashes = npt.NDArray[np.uint64]

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
    """Return the rows of the `count` jets of smallest hash, with at most as many in memory.

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
    kept = (np.empty(0, np.uint64), np.empty(0, np.int64), np.empty(0, np.int64))
    for index, row_group in enumerate(row_groups):
        hashes = jet_hashes(row_group)
        kept = _keep_smallest(kept, (hashes, np.full(len(hashes), index), np.arange(len(hashes))), count)
    _, group, rows = kept
    return [SelectedRows.of(row_groups[index], np.sort(rows[group == index])) for index in np.unique(group)]


def jet_hashes(row_group: RowGroup) -> Hashes:
    """Return the hash of each jet of a row group, (N,): uniform, and independent of the hash that splits events."""
    records = row_group.read(_IDENTITY)
    momentum = {name: ak.to_numpy(records.jet[name]) for name in _IDENTITY["jet"]}
    identity = jet_identity(np.asarray(ak.to_numpy(records.event), np.uint64), momentum)
    return np.asarray(pd.util.hash_array(identity), np.uint64)


def _keep_smallest(kept: tuple[Any, ...], new: tuple[Any, ...], count: int) -> tuple[Any, ...]:
    """Return the `count` rows of smallest hash, the first column, of two tables; ties go to earlier rows."""
    if len(kept[0]) == count:
        below = new[0] < kept[0][-1]
        new = tuple(column[below] for column in new)
    merged = tuple(np.concatenate(pair) for pair in zip(kept, new, strict=True))
    order = np.argsort(merged[0], kind="stable")[:count]
    return tuple(column[order] for column in merged)
