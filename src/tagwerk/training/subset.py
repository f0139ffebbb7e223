"""So many of the jets of a split, the same whatever the seed, the order of the files and the memory at hand.

A jet is chosen by a hash of its identity. So a smaller number of jets is part of a larger one, and each class keeps its
share but for the fluctuation of a random choice.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import numpy.typing as npt
import pandas as pd
from awkward import to_numpy

from tagwerk.arrays import Ints
from tagwerk.errors import UserError
from tagwerk.jets.identity import jet_identity
from tagwerk.records.store import RowGroup, read_chunk
from tagwerk.training.loading import Jets, joined

Ranks = npt.NDArray[np.uint64]

_IDENTITY = {"event": [], "jet": ["pt", "eta", "phi"]}


@dataclass(frozen=True, eq=False)
class Some(RowGroup):
    """Some of the records in a row group: those in these rows, (K,); `jets` and `numbers` are theirs alone."""

    rows: Ints

    @classmethod
    def of(cls, chunk: RowGroup, rows: Ints) -> Self:
        """Return these records of a chunk."""
        numbers = round(chunk.numbers * len(rows) / chunk.jets)
        return cls(chunk.path, chunk.group, len(rows), numbers, rows)

    def taken(self, jets: Jets) -> Jets:
        """Return these of all jets of the row group; nothing of the others stays in memory."""
        nothing = np.empty(0, np.int64)
        return joined([jets.take(self.rows), jets.take(nothing)])


def subset(chunks: Sequence[RowGroup], count: int, name: str) -> list[Some]:
    """Return which jets of which chunks are the `count` of smallest hash; no more than these are kept in memory.

    Args:
        chunks: of a split.
        count: how many jets to choose.
        name: what a message calls the split.

    Raises:
        UserError: the chunks hold fewer jets than that.
    """
    total = sum(chunk.jets for chunk in chunks)
    if count > total:
        raise UserError(
            f"key 'training_jets': {count} is more than the {total} jets in {name}; "
            "ask for fewer, or give the study more jets"
        )
    kept = (np.empty(0, np.uint64), np.empty(0, np.int64), np.empty(0, np.int64))
    for index, chunk in enumerate(chunks):
        rank = ranks(chunk)
        mine = (rank, np.full(len(rank), index), np.arange(len(rank)))
        kept = _smallest(kept, mine, count)
    _, which, rows = kept
    return [Some.of(chunks[index], np.sort(rows[which == index])) for index in np.unique(which)]


def ranks(chunk: RowGroup) -> Ranks:
    """Return the hash of each jet of a chunk, (N,): uniform, and another one than that which splits events."""
    records = read_chunk(chunk, _IDENTITY)
    momentum = {name: to_numpy(records.jet[name]) for name in _IDENTITY["jet"]}
    identity = jet_identity(np.asarray(to_numpy(records.event), np.uint64), momentum)
    return np.asarray(pd.util.hash_array(identity), np.uint64)


def _smallest(kept: tuple[Any, ...], more: tuple[Any, ...], count: int) -> tuple[Any, ...]:
    """Return the rows of smallest rank, the first column, of two tables; of equals those that came first."""
    if len(kept[0]) == count:
        below = more[0] < kept[0][-1]
        more = tuple(column[below] for column in more)
    together = tuple(np.concatenate(pair) for pair in zip(kept, more, strict=True))
    order = np.argsort(together[0], kind="stable")[:count]
    return tuple(column[order] for column in together)
