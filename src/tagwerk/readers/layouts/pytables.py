"""Tables that pandas writes with PyTables, one row per jet, such as the top-tagging reference set (Zenodo 2603256).

`DataFrame.to_hdf(key, format="table")` writes a group `key` with one compound dataset `table`. Its fields
`values_block_0`, `values_block_1`, ... each hold the columns of one type; the columns' names are in attributes, as
pickled lists of strings, which are read without unpickling. The card's key `tree` is the group.

A variable of a sequence is named without its number: `PX` stacks the columns PX_0, PX_1, ... Slots of zero energy (or
pT, where the card gives no energy) are padding. A sequence has no key `link`.
"""

import re
from collections.abc import Iterator, Mapping
from itertools import chain
from pathlib import Path

import awkward as ak
import h5py
import numpy as np

from tagwerk.arrays import Values
from tagwerk.cards.base import suggestion
from tagwerk.cards.dataset import ROW, Dataset
from tagwerk.errors import UserError, error_context
from tagwerk.readers.branches import branches
from tagwerk.readers.chunk_size import row_ranges
from tagwerk.readers.h5 import (
    count_rows,
    find_dataset,
    find_group,
    open_h5,
    read_rows,
    row_bytes,
    to_awkward,
    unpad,
)
from tagwerk.readers.h5_links import DAMAGE, lookup
from tagwerk.readers.h5_types import check_numeric
from tagwerk.readers.links import Tally
from tagwerk.readers.missing import check_present
from tagwerk.readers.pickled import pickled_strings

# By column: the table's field, and the index in that field's block, None if it is not a block.
Locations = dict[str, tuple[str, int | None]]
_BLOCK = "values_block_"


def read(file: Path, dataset: Dataset, tally: Tally, step: int) -> Iterator[ak.Array]:
    """Yield what the card names and `row`, as record arrays of at most `step` jets; there are no links.

    Raises:
        UserError: the file, its table or a column is missing or not numeric, or the file is damaged.
    """
    with error_context(file):
        padding = _padding(dataset)
    scalars = [name for name in branches(dataset) if name not in padding]
    with open_h5(file) as opened:
        table = _table(opened, dataset.tree)
        locations = column_locations(table)
        columns = {name: _numbered(name, locations, file) for name in padding}
        _check_columns(dataset, columns, scalars, locations, file)
        for field in {locations[name][0] for name in [*scalars, *chain.from_iterable(columns.values())]}:
            check_numeric(table, field)
        for start, stop in row_ranges(count_rows(table), step, row_bytes(table)):
            rows = read_rows(table, start, stop)
            fields = {name: to_awkward(_column(rows, locations, name)) for name in scalars}
            real = {name: _block(rows, locations, columns[name]) != 0 for name in set(padding.values())}
            lists = {name: unpad(_block(rows, locations, columns[name]), real[by]) for name, by in padding.items()}
            yield ak.zip(fields | {ROW: np.arange(start, stop)} | lists, depth_limit=1)


def entries(file: Path, dataset: Dataset) -> int:
    """Return the number of jets in a file, before any selection."""
    with open_h5(file) as opened:
        return count_rows(_table(opened, dataset.tree))


def _padding(dataset: Dataset) -> dict[str, str]:
    """Return the name of every list, with that of the list whose zeros are padding."""
    padding: dict[str, str] = {}
    for key, sequence in dataset.sequences.items():
        if sequence.link:
            raise UserError(f"key 'sequences.{key}.link': pandas tables have no links; leave it out")
        padding |= dict.fromkeys(sequence.branches().values(), sequence.energy or sequence.pt or "")
    return padding


def _table(opened: h5py.File, key: str) -> h5py.Dataset:
    group = find_group(opened, key)
    if lookup(group, "table") is None and lookup(group, "axis0") is not None:
        raise UserError(f"{opened.filename}: '{key}' is in pandas' 'fixed' format; write it with format='table'")
    return find_dataset(opened, "table", key)


def column_locations(table: h5py.Dataset) -> Locations:
    """Return the location of each column.

    Raises:
        UserError: the names of the columns cannot be read.
    """
    locations: Locations = {}
    for field in table.dtype.names or ():
        if not field.startswith(_BLOCK):
            locations[field] = (field, None)
            continue
        try:
            names = pickled_strings(bytes(table.attrs[f"{field}_kind"]))
        except (*DAMAGE, AttributeError):
            raise _unnamed(table, field, "does not name its columns") from None
        width = table.dtype[field].shape
        if len(names) != (width[0] if width else 1):
            raise _unnamed(table, field, f"has {len(names)} names for {width[0] if width else 1} columns")
        for index, name in enumerate(names):
            if name in locations:
                raise _unnamed(table, field, f"repeats the name '{name}'")
            locations[name] = (field, index if width else None)
    return locations


def _unnamed(table: h5py.Dataset, field: str, what: str) -> UserError:
    return UserError(
        f"{table.file.filename}: attribute '{field}_kind' of '{table.name}' {what}; rewrite the file with pandas,"
        " format='table' and strings as column names"
    )


def _numbered(name: str, locations: Locations, file: Path) -> list[str]:
    """Return the columns name_0, name_1, ... in numerical order.

    Raises:
        UserError: there are none, a number is missing, or they are not in one block.
    """
    pattern = re.compile(rf"{re.escape(name)}_(\d+)")
    numbers = sorted(int(match[1]) for column in locations if (match := pattern.fullmatch(column)))
    if not numbers:
        known = sorted({match[1] for column in locations if (match := re.fullmatch(r"(.+)_\d+", column))})
        raise UserError(f"{file}: there are no columns '{name}_0', '{name}_1', ...; {suggestion(name, known)}")
    columns = [f"{name}_{number}" for number in range(len(numbers))]
    for column in columns:
        if column not in locations:
            raise UserError(f"{file}: there is no column '{column}' between '{name}_0' and '{name}_{numbers[-1]}'")
    if len({field if index is not None else None for field, index in map(locations.__getitem__, columns)}) > 1:
        raise UserError(f"{file}: the columns '{name}_0', '{name}_1', ... are of several types; write them as one")
    return columns


def _check_columns(
    dataset: Dataset, columns: Mapping[str, list[str]], scalars: list[str], locations: Locations, file: Path
) -> None:
    check_present(f"{file}: table '{dataset.tree}' has no column", scalars, list(locations))
    for sequence in dataset.sequences.values():
        first, *others = sequence.branches().values()
        for name in others:
            if len(columns[name]) != len(columns[first]):
                raise UserError(
                    f"{file}: {len(columns[name])} columns '{name}_...', but {len(columns[first])} '{first}_...';"
                    " correct the card"
                )


def _column(rows: Values, locations: Locations, name: str) -> Values:
    field, index = locations[name]
    return rows[field] if index is None else rows[field][:, index]


def _block(rows: Values, locations: Locations, columns: list[str]) -> Values:
    """Return the columns of one block, (N, T)."""
    field, first = locations[columns[0]]
    if first is None:
        return np.stack([rows[locations[column][0]] for column in columns], axis=1)
    return rows[field][:, [index for column in columns if (index := locations[column][1]) is not None]]
