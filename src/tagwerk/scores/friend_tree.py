"""The scores of a file's jets as a friend tree: one entry per entry of the file, to be read next to it."""

from pathlib import Path
from typing import Any

import awkward as ak
import numpy as np
import uproot

from tagwerk.arrays import Ints, Values
from tagwerk.scores.file_scores import EntryScores, FileScores
from tagwerk.scores.identifier import identifier

TREE = "tagwerk"

# What a jet without a score has.
_NO_SCORE, _NO_PIECE = np.float32(np.nan), np.int32(-1)


class FriendColumns:
    """The columns of a friend tree, next to the entries of a file.

    Attributes:
        collection: of the jets, as in the file; None if there is one jet per entry.
        names: of the columns, within the collection if there is one. They are identifiers of C++ and Python: other
            characters become '_'.
    """

    def __init__(self, scores: FileScores, tagger: str | None = None) -> None:
        """Set the names; `tagger` is that of the tagger in them, by default that of its card."""
        record = scores.model.record
        prefix = identifier(tagger or record.name)
        split = [f"{prefix}_split"] if scores.has_split else []
        self.collection = None if scores.collection is None else identifier(scores.collection.removesuffix("AuxDyn"))
        self.names = [*(f"{prefix}_p_{each}" for each in record.schema_.classes), *split]

    def types(self) -> dict[str, np.dtype[Any]]:
        """Return the type of each column."""
        return {name: np.dtype(np.int32 if name.endswith("_split") else np.float32) for name in self.names}

    def per_jet(self, entries: EntryScores) -> dict[str, Values]:
        """Return the columns of all jets of these entries, (J,): NaN, and -1 for the piece, where there is no score."""
        size = int(entries.counts.sum())
        columns = [_filled(entries.position, values, size, _NO_SCORE) for values in entries.probabilities.T]
        if entries.split is not None:
            columns.append(_filled(entries.position, entries.split, size, _NO_PIECE))
        return dict(zip(self.names, columns, strict=True))

    def per_entry(self, entries: EntryScores) -> dict[str, ak.Array]:
        """Return the columns by their full names, (E,) or (E, jets)."""
        columns = self.per_jet(entries)
        if self.collection is None:
            return columns
        return {f"{self.collection}_{name}": ak.unflatten(each, entries.counts) for name, each in columns.items()}


def write_friend_tree(path: Path, scores: FileScores, tagger: str | None = None, rntuple: bool = False) -> None:
    """Write the scores of a file as a TTree, or an RNTuple, of the name `tagwerk`.

    Args:
        path: of the ROOT file.
        scores: of the file.
        tagger: its name in the names of columns; by default that of its card.
        rntuple: whether to write an RNTuple.
    """
    columns = FriendColumns(scores, tagger)
    with uproot.recreate(path) as file:
        tree = (_make_rntuple if rntuple else _make_tree)(file, columns)
        for entries in scores:
            if not len(entries.counts):
                continue
            if rntuple or columns.collection is None:
                tree.extend(columns.per_entry(entries))
            else:  # one counter for all columns
                jets = ak.zip(columns.per_jet(entries))
                tree.extend({columns.collection: ak.unflatten(jets, entries.counts)})


def _make_tree(file: Any, columns: FriendColumns) -> Any:
    types: dict[str, Any] = columns.types()
    if columns.collection is not None:
        fields = ", ".join(f'"{name}": {dtype}' for name, dtype in types.items())
        types = {columns.collection: f"var * {{{fields}}}"}
    return file.mktree(TREE, types)


def _make_rntuple(file: Any, columns: FriendColumns) -> Any:
    types: dict[str, Any] = columns.types()
    if columns.collection is not None:
        types = {f"{columns.collection}_{name}": f"var * {dtype}" for name, dtype in types.items()}
    return file.mkrntuple(TREE, types)


def _filled(position: Ints, values: Values, size: int, default: np.generic) -> Values:
    """Return values at their positions among `size` ones, of which the others are the default."""
    column = np.full(size, default)
    column[position] = values
    return column
