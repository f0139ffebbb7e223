"""Columns of one number per jet in a file of any format, which its content tells: HDF5, Parquet, npz, ROOT or CSV."""

import re
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

import awkward as ak
import h5py
import numpy as np
import pandas as pd

from tagwerk.arrays import Values
from tagwerk.cards.base import suggestion
from tagwerk.errors import UserError, error_context
from tagwerk.readers import kinds
from tagwerk.readers.h5 import datasets_in, find_group, open_h5
from tagwerk.readers.h5_columns import find_columns
from tagwerk.readers.h5_links import lookup
from tagwerk.readers.h5_types import dtype_of
from tagwerk.readers.missing import check_present
from tagwerk.readers.npz import array_names, open_npz
from tagwerk.readers.parquet_columns import batches, leaves, open_parquet
from tagwerk.readers.root_trees import chunks, open_tree, tree_names
from tagwerk.readers.values import scalar_branch

_STEP = 1_000_000  # rows read at a time
_CSV_DAMAGE = (OSError, EOFError, ValueError, zlib.error)  # what pandas and gzip raise


@dataclass(frozen=True)
class FileColumns:
    """The columns of a file.

    Attributes:
        file: that holds them.
        names: of all columns; those of two-dimensional arrays are not among them, but can be read as `name:index`.
        read: returns the columns of these names.
    """

    file: Path
    names: list[str]
    read: Callable[[list[str]], dict[str, Values]]

    def expand(self, pattern: str) -> list[str]:
        """Return the columns that match a glob pattern, in the order of the numbers in them; any other name as it is.

        Raises:
            UserError: none matches the pattern.
        """
        if pattern in self.names or not re.search(r"[*?\[]", pattern):
            return [pattern]
        found = [name for name in self.names if fnmatchcase(name, pattern)]
        if not found:
            raise UserError(f"{self.file}: no column matches '{pattern}'; {suggestion(pattern, self.names)}")
        return sorted(found, key=_natural_order)

    def columns(self, names: Sequence[str]) -> dict[str, Values]:
        """Return the columns of these names, (N,) each.

        Raises:
            UserError: one is missing, does not hold one value per jet, or has another length than the first.
        """
        found = self.read(list(dict.fromkeys(names)))
        first = next(iter(found))
        for name, values in found.items():
            if values.ndim != 1:
                raise UserError(
                    f"{self.file}: column '{name}' has the shape {values.shape}, not one value per jet; name one of "
                    f"its columns, such as '{name}:0'"
                )
            if len(values) != len(found[first]):
                raise UserError(
                    f"{self.file}: column '{name}' has {len(values):,} values, but '{first}' {len(found[first]):,}; "
                    "write one value per jet in each"
                )
        return found


def file_columns(file: Path, tree: str | None) -> FileColumns:
    """Return the columns of a file, in the tree (ROOT), group or table (HDF5) of that name, by default the only one.

    Raises:
        UserError: there is no such file or tree, or the file is damaged or of a format that is not read.
    """
    kind = kinds.kind_of(file)
    if kind not in _FORMATS:
        raise UserError(
            f"{file}: holds no scores that can be read, it is {kind}; write HDF5, Parquet, npz, ROOT or CSV"
        )
    return _FORMATS[kind](file, tree)


def _natural_order(name: str) -> list[tuple[str, int]]:
    """Return a key by which run_2 comes before run_10."""
    return [(text, int(number or 0)) for text, number in re.findall(r"(\D*)(\d*)", name)]


def _hdf5(file: Path, tree: str | None) -> FileColumns:
    with open_h5(file) as opened:
        paths = datasets_in(opened)
        path = paths[0] if tree is None and len(paths) == 1 else tree or "/"
        found = lookup(opened, path)
        table = isinstance(found, h5py.Dataset) and dtype_of(found).names is not None
        names = list(dtype_of(found).names or ()) if table else datasets_in(find_group(opened, tree or "/"))

    def read(wanted: list[str]) -> dict[str, Values]:
        with open_h5(file) as opened:
            where, prefix = ("/", f"{path}.") if table else (tree or "/", "")
            columns = find_columns(opened, where, [f"{prefix}{name}" for name in wanted])
            rows = {name: columns[f"{prefix}{name}"] for name in wanted}
            return {name: column.read(0, column.shape[0] if column.shape else 0) for name, column in rows.items()}

    return FileColumns(file, names, read)


def _root(file: Path, tree: str | None) -> FileColumns:
    known = [tree] if tree is not None else tree_names(file)
    if len(known) != 1:
        raise UserError(f"{file}: has {len(known)} trees ({', '.join(known) or 'none'}); name one in the key 'tree'")
    opened = open_tree(file, known[0])

    def read(wanted: list[str]) -> dict[str, Values]:
        read_chunks = ak.concatenate(list(chunks(file, opened, wanted, _STEP)))
        with error_context(file):
            return {name: scalar_branch(read_chunks, name) for name in wanted}

    return FileColumns(file, list(opened.keys()), read)


def _parquet(file: Path, _: str | None) -> FileColumns:
    with open_parquet(file) as opened:
        names = [leaf.name for leaf in leaves(opened)]

    def read(wanted: list[str]) -> dict[str, Values]:
        check_present(f"{file}: there is no column", wanted, names)
        with open_parquet(file) as opened:
            found = [leaf for leaf in leaves(opened) if leaf.name in wanted]
            for leaf in found:
                if not leaf.is_numeric:
                    raise UserError(f"{file}: column '{leaf.name}' holds {leaf.type}, not numbers; write it as numbers")
            read_batches = ak.concatenate(list(batches(file, opened, found, _STEP)))
        with error_context(file):
            return {name: scalar_branch(read_batches, name) for name in wanted}

    return FileColumns(file, names, read)


def _npz(file: Path, _: str | None) -> FileColumns:
    names = array_names(file)

    def read(wanted: list[str]) -> dict[str, Values]:
        split = {name: _array_and_index(name, names) for name in wanted}
        arrays = dict.fromkeys(array for array, _ in split.values())
        with open_npz(file, *arrays) as readers:
            found = {reader.name: reader.read(reader.shape[0] if reader.shape else 0) for reader in readers}
        return {name: _column(file, name, found[array], index) for name, (array, index) in split.items()}

    return FileColumns(file, names, read)


def _array_and_index(name: str, known: Sequence[str]) -> tuple[str, int | None]:
    """Return the array that a name such as `scores` or `scores:1` means, and the index of its column."""
    array, _, index = name.rpartition(":")
    return (array, int(index)) if name not in known and array in known and index.isdecimal() else (name, None)


def _column(file: Path, name: str, values: Values, index: int | None) -> Values:
    if index is None:
        return values
    if values.ndim != 2 or index >= values.shape[1]:
        raise UserError(f"{file}: there is no '{name}' in an array of the shape {values.shape}; correct the index")
    return values[:, index]


def _csv(file: Path, _: str | None) -> FileColumns:
    names = list(_read_csv(file, nrows=0).columns)

    def read(wanted: list[str]) -> dict[str, Values]:
        check_present(f"{file}: there is no column", wanted, names)
        table = _read_csv(file, usecols=wanted)
        return {name: table[name].to_numpy() for name in wanted}

    return FileColumns(file, names, read)


def _read_csv(file: Path, **options: object) -> pd.DataFrame:
    compression = "gzip" if kinds.kind_of(file) == kinds.GZIP else None
    try:
        return pd.read_csv(file, compression=compression, skipinitialspace=True, low_memory=False, **options)
    except _CSV_DAMAGE as error:
        raise UserError(
            f"{file}: cannot be read as CSV ({' '.join(str(error).split()):.100}); write one line of column names and "
            "one line per jet, separated by commas"
        ) from None


def as_numbers(file: Path, name: str, values: Values) -> Values:
    """Return a column in double precision.

    Raises:
        UserError: it holds text.
    """
    if values.dtype.kind in "biuf":
        return np.asarray(values, np.float64)
    numbers = pd.to_numeric(pd.Series(values), errors="coerce").to_numpy()
    row = int(np.flatnonzero(np.isnan(numbers) & ~pd.isna(values))[0])
    raise UserError(f"{file}: column '{name}' holds {values[row]!r} in row {row}, not a number; correct the file")


_FORMATS: dict[str, Callable[[Path, str | None], FileColumns]] = {
    kinds.HDF5: _hdf5,
    kinds.ROOT: _root,
    kinds.PARQUET: _parquet,
    kinds.ARCHIVE: _npz,
    kinds.TEXT: _csv,
    kinds.GZIP: _csv,
}
