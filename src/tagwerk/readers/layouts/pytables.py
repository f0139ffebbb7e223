"""Tables that pandas writes by PyTables, a row a jet, as the reference top-tagging set (Zenodo 2603256).

`DataFrame.to_hdf(key, format="table")` writes a group `key` with one compound dataset `table`. Its fields
`values_block_0`, `values_block_1`, ... each hold the columns of one type; which ones, their attributes say: pickled
lists of strings, which are read without unpickling. The card's key `tree` is the group.

A variable of a sequence is named without its number: `PX` gathers the columns PX_0, PX_1, ... Slots whose energy (or
pT, where the card gives no energy) is zero are padding. A sequence has no key `link`.
"""

import re
from collections.abc import Iterator, Mapping
from itertools import chain
from pathlib import Path

import awkward as ak
import h5py
import numpy as np

from tagwerk.arrays import Values
from tagwerk.cards.base import nearest
from tagwerk.cards.dataset import ROW, Dataset
from tagwerk.errors import UserError, naming
from tagwerk.readers.branches import branches
from tagwerk.readers.chunk_size import spans
from tagwerk.readers.h5 import count_rows, find_dataset, find_group, lists, numbers, open_h5, row_bytes, take
from tagwerk.readers.h5_links import DAMAGE, lookup
from tagwerk.readers.h5_types import check_numbers
from tagwerk.readers.links import Tally
from tagwerk.readers.missing import missing
from tagwerk.readers.pickled import pickled_strings

# Where a column stands: the table's field, and the place in that field's block, if it is one.
Places = dict[str, tuple[str, int | None]]
_BLOCK = "values_block_"


def read(file: Path, dataset: Dataset, tally: Tally, step: int) -> Iterator[ak.Array]:
    """Yield what the card names and `row`, a record array of at most `step` jets at a time; there are no links.

    Raises:
        UserError: the file, its table or a column is missing or holds no numbers, or the file is damaged.
    """
    with naming(file):
        gathered = _gathered(dataset)
    alone = [name for name in branches(dataset) if name not in gathered]
    with open_h5(file) as opened:
        table = _table(opened, dataset.tree)
        places = column_places(table)
        columns = {name: _numbered(name, places, file) for name in gathered}
        _check(dataset, columns, alone, places, file)
        for field in {places[name][0] for name in [*alone, *chain.from_iterable(columns.values())]}:
            check_numbers(table, field)
        for start, stop in spans(count_rows(table), step, row_bytes(table)):
            rows = take(table, start, stop)
            fields = {name: numbers(_column(rows, places, name)) for name in alone} | {ROW: np.arange(start, stop)}
            real = {name: _block(rows, places, columns[name]) != 0 for name in set(gathered.values())}
            fields |= {name: lists(_block(rows, places, columns[name]), real[by]) for name, by in gathered.items()}
            yield ak.zip(fields, depth_limit=1)


def entries(file: Path, dataset: Dataset) -> int:
    """Return how many jets a file holds before any selection."""
    with open_h5(file) as opened:
        return count_rows(_table(opened, dataset.tree))


def _gathered(dataset: Dataset) -> dict[str, str]:
    """Return the name of every list, with the name of the list that is zero where there is padding."""
    found: dict[str, str] = {}
    for key, sequence in dataset.sequences.items():
        if sequence.link:
            raise UserError(f"key 'sequences.{key}.link': tables of pandas have no links; leave it out")
        real = sequence.energy or sequence.pt or ""
        found |= dict.fromkeys(sequence.branches().values(), real)
    return found


def _table(opened: h5py.File, key: str) -> h5py.Dataset:
    group = find_group(opened, key)
    if lookup(group, "table") is None and lookup(group, "axis0") is not None:
        raise UserError(f"{opened.filename}: '{key}' is in pandas' 'fixed' format; write it with format='table'")
    return find_dataset(opened, "table", key)


def column_places(table: h5py.Dataset) -> Places:
    """Return where each column stands.

    Raises:
        UserError: the names of the columns cannot be read.
    """
    places: Places = {}
    for field in table.dtype.names or ():
        if not field.startswith(_BLOCK):
            places[field] = (field, None)
            continue
        try:
            names = pickled_strings(bytes(table.attrs[f"{field}_kind"]))
        except (*DAMAGE, AttributeError):
            raise _unnamed(table, field, "does not name its columns") from None
        width = table.dtype[field].shape
        if len(names) != (width[0] if width else 1):
            raise _unnamed(table, field, f"names {len(names)} columns of {width[0] if width else 1}")
        for index, name in enumerate(names):
            if name in places:
                raise _unnamed(table, field, f"names '{name}' a second time")
            places[name] = (field, index if width else None)
    return places


def _unnamed(table: h5py.Dataset, field: str, what: str) -> UserError:
    return UserError(
        f"{table.file.filename}: attribute '{field}_kind' of '{table.name}' {what}; write the file anew by pandas with"
        " format='table' and strings for names"
    )


def _numbered(name: str, places: Places, file: Path) -> list[str]:
    """Return the columns name_0, name_1, ... in the order of their numbers.

    Raises:
        UserError: there are none, a number is left out, or they are not in one block.
    """
    found = sorted(int(match[1]) for each in places if (match := re.fullmatch(rf"{re.escape(name)}_(\d+)", each)))
    if not found:
        known = sorted({match[1] for each in places if (match := re.fullmatch(r"(.+)_\d+", each))})
        raise UserError(f"{file}: there are no columns '{name}_0', '{name}_1', ...; {nearest(name, known)}")
    columns = [f"{name}_{number}" for number in range(len(found))]
    for column in columns:
        if column not in places:
            raise UserError(f"{file}: there is no column '{column}' between '{name}_0' and '{name}_{found[-1]}'")
    if len({field if index is not None else None for field, index in map(places.__getitem__, columns)}) > 1:
        raise UserError(f"{file}: the columns '{name}_0', '{name}_1', ... are not of one type; write them as one")
    return columns


def _check(dataset: Dataset, columns: Mapping[str, list[str]], alone: list[str], places: Places, file: Path) -> None:
    missing(f"{file}: table '{dataset.tree}' has no column", alone, list(places))
    for sequence in dataset.sequences.values():
        first, *others = sequence.branches().values()
        for name in others:
            if len(columns[name]) != len(columns[first]):
                raise UserError(
                    f"{file}: {len(columns[name])} columns '{name}_...', but {len(columns[first])} '{first}_...';"
                    " correct the card"
                )


def _column(rows: Values, places: Places, name: str) -> Values:
    field, index = places[name]
    return rows[field] if index is None else rows[field][:, index]


def _block(rows: Values, places: Places, columns: list[str]) -> Values:
    """Return the columns of one block, (N, T)."""
    field, first = places[columns[0]]
    if first is None:
        return np.stack([rows[places[column][0]] for column in columns], axis=1)
    return rows[field][:, [index for column in columns if (index := places[column][1]) is not None]]
