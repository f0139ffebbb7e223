"""The contents of a file: the trees of a ROOT file with their branches, HDF5, Parquet or NumPy arrays."""

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias
from zipfile import BadZipFile, ZipFile

import awkward as ak
import h5py

from tagwerk.errors import UserError
from tagwerk.readers.event_files import branch_name
from tagwerk.readers.h5 import open_h5
from tagwerk.readers.kinds import check_readable
from tagwerk.readers.parquet_columns import leaves, open_parquet
from tagwerk.readers.rntuple import fields, is_rntuple, with_fields
from tagwerk.readers.root_header import check_header
from tagwerk.readers.root_open import open_root
from tagwerk.remote import RemoteFile, connection_fault, require_local

_TREES = ("TTree", "TNtuple", "TNtupleD", "ROOT::RNTuple", "ROOT::Experimental::RNTuple")
_ZIP = "a zip archive"
_PARQUET = "Parquet"
_MAGIC = {
    b"PK\x03\x04": _ZIP,
    b"\x93NUMPY": "a NumPy array",
    b"\x1f\x8b": "gzip-compressed and must be decompressed first",
    b"\x28\xb5\x2f\xfd": "zstd-compressed and must be decompressed first",
}
_ADVICE = "Tagwerk reads ROOT trees and HDF5 or Parquet files: write the jets to one of these (see docs/data.md)"
_LIST = re.compile(r"(?:std::)?vector<(.*)>|(?:ROOT::)?(?:VecOps::)?RVec<(.*)>|(.*)\[\d*\]|std::array<(.*),\s*\d+>")
_NUMBER = re.compile(r"(?:std::)?(u?int\d+_t|u?char|short|int|float|double|bool)")


@dataclass(frozen=True)
class SourceColumn:
    """A branch's type: its depth of lists (0: one value per row), and whether its values are numbers, or integers."""

    depth: int
    is_numeric: bool
    is_integer: bool
    type: str


@dataclass(frozen=True)
class SourceTree:
    """A TTree or RNTuple, with its branches by name."""

    file: Path
    name: str
    rows: int
    columns: Mapping[str, SourceColumn]
    branches: Mapping[str, Any]

    def numeric(self, depth: int) -> list[str]:
        """Return the numeric branches whose lists have this depth, without the counters of other branches."""
        return _numeric(self.columns, depth)

    def values(self, name: str, rows: int) -> ak.Array:
        """Return the first rows of a branch.

        Raises:
            UserError: the branch is damaged.
        """
        try:
            return self.branches[name].array(entry_stop=rows)
        except Exception as error:  # whatever uproot and the decompressors raise for wrong or missing bytes
            fault = connection_fault(self.file, error)
            raise fault or UserError(f"{self.file}: branch '{name}' cannot be read ({_short(error)})") from None


@dataclass(frozen=True)
class SourceTable:
    """A Parquet file, with its columns by name."""

    file: Path
    rows: int
    columns: Mapping[str, SourceColumn]
    name: str = "table"

    def numeric(self, depth: int) -> list[str]:
        """Return the numeric columns whose lists have this depth, without the counters of other columns."""
        return _numeric(self.columns, depth)


@dataclass(frozen=True)
class SourceArchive:
    """A NumPy archive, with the names of its arrays."""

    file: Path
    arrays: Sequence[str]


# What a layout may inspect.
Source: TypeAlias = SourceTree | h5py.File | SourceArchive | SourceTable


@contextmanager
def open_sources(file: Path) -> Iterator[Sequence[Source]]:
    """Yield the trees of a ROOT file, the longest first, or an open HDF5 file, a NumPy archive or a Parquet file.

    Raises:
        UserError: there is no such file, or it is empty, damaged, of another type, or contains no trees or arrays.
    """
    file_type = _file_type(file)
    if file_type == "HDF5":
        with open_h5(file) as opened:
            yield [opened]
    elif file_type == "ROOT":
        check_header(file)
        yield _trees(file)
    elif file_type == _ZIP:
        require_local(file, _ZIP)
        yield [_archive(file)]
    elif file_type == _PARQUET:
        yield [_table(file)]
    else:
        raise UserError(f"{file}: is {file_type}; {_ADVICE}")


def _file_type(file: Path) -> str:
    """Return the type of a file, from its first bytes."""
    if isinstance(file, RemoteFile):
        check_readable(file)
    elif not file.exists():
        raise UserError(f"{file}: no such file; correct its name")
    elif file.is_dir():
        raise UserError(f"{file}: is a directory; name one of its files")
    with file.open("rb") as opened:
        start = opened.read(512)
    if not start:
        raise UserError(f"{file}: is empty (0 bytes); copy it again or recreate it")
    if start.startswith(b"root"):
        return "ROOT"
    if h5py.is_hdf5(file) or start.startswith(b"\x89HDF"):
        return "HDF5"
    if start.startswith(b"PAR1"):
        return _PARQUET
    known = (name for magic, name in _MAGIC.items() if start.startswith(magic))
    return next(known, "text" if _is_text(start) else "of unknown type")


def _is_text(start: bytes) -> bool:
    text = start.decode("utf-8", errors="ignore")
    return len(text) > 0.9 * len(start) and all(letter.isprintable() or letter.isspace() for letter in text)


def _trees(file: Path) -> list[SourceTree]:
    try:
        opened = open_root(file)
        classes = {key: opened.classname_of(key) for key in opened.keys(cycle=False)}
        trees = [_tree(file, key, with_fields(opened[key])) for key, name in classes.items() if name in _TREES]
    except Exception as error:  # whatever uproot raises for a file that is not ROOT, or truncated
        fault = connection_fault(file, error)
        raise fault or UserError(
            f"{file}: cannot be read as a ROOT file, it may be truncated ({_short(error)})"
        ) from None
    if not trees:
        others = ", ".join(f"{name} '{key}'" for key, name in list(classes.items())[:3]) or "nothing"
        raise UserError(f"{file}: contains no tree, only {others}{' and more' * (len(classes) > 3)}; {_ADVICE}")
    filled = [tree for tree in trees if tree.rows]
    if not filled:
        raise UserError(f"{file}: tree '{trees[0].name}' is empty; give a file with jets in it")
    return sorted(filled, key=lambda tree: -tree.rows)


def _archive(file: Path) -> SourceArchive:
    try:
        with ZipFile(file) as opened:
            members = opened.namelist()
    except (OSError, BadZipFile) as error:
        raise UserError(f"{file}: cannot be read as a zip archive, it may be truncated ({_short(error)})") from None
    if not any(name.endswith(".npy") for name in members):
        raise UserError(f"{file}: is {_ZIP} without NumPy arrays ({', '.join(members[:3])}); unpack it first")
    return SourceArchive(file, [name.removesuffix(".npy") for name in members])


def _table(file: Path) -> SourceTable:
    with open_parquet(file) as opened:
        rows = int(opened.metadata.num_rows)
        columns = {
            leaf.name: SourceColumn(leaf.depth, leaf.is_numeric, leaf.is_integer, str(leaf.type))
            for leaf in leaves(opened)
        }
    if not rows:
        raise UserError(f"{file}: has no rows; give a file with jets in it")
    return SourceTable(file, rows, columns)


def _tree(file: Path, name: str, tree: Any) -> SourceTree:
    branches: dict[str, Any] = {}
    if is_rntuple(tree):
        # ATLAS RNTuples have a colon in place of the dot; the readers accept either.
        branches = {branch_name(field.path): field for field in fields(tree)}
    else:
        for branch in tree.itervalues(recursive=True):
            branches.setdefault(branch.name, branch)
    columns = {key: _column(branch.typename, getattr(branch, "depth", 0)) for key, branch in branches.items()}
    return SourceTree(file, name, int(tree.num_entries), columns, branches)


def _column(type_: str, depth: int = 0) -> SourceColumn:
    """Return the column of a type, inside `depth` lists already."""
    inner = type_.strip()
    while match := _LIST.fullmatch(inner):
        depth, inner = depth + 1, next(filter(None, match.groups())).strip()
    number = _NUMBER.fullmatch(inner)
    return SourceColumn(depth, number is not None, number is not None and number[1] not in ("float", "double"), type_)


def _numeric(columns: Mapping[str, SourceColumn], depth: int) -> list[str]:
    return [
        name
        for name, column in columns.items()
        if column.is_numeric and column.depth == depth and not (name[:1] == "n" and name[1:] in columns)
    ]


def _short(error: Exception) -> str:
    return " ".join(str(error).split())[:80] or type(error).__name__
