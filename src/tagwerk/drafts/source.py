"""What there is in a file: the trees of a ROOT file with their branches, or an HDF5 file; and what else it may be."""

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias
from zipfile import BadZipFile, ZipFile

import awkward as ak
import h5py
import uproot

from tagwerk.errors import UserError
from tagwerk.readers.event_files import plain
from tagwerk.readers.h5 import open_h5
from tagwerk.readers.parquet_columns import leaves, open_parquet
from tagwerk.readers.rntuple import fields, is_rntuple, with_fields
from tagwerk.readers.root_header import check_header

_TREES = ("TTree", "TNtuple", "TNtupleD", "ROOT::RNTuple", "ROOT::Experimental::RNTuple")
_ARCHIVE = "a zip archive"
_PARQUET = "Parquet"
_OTHERS = {
    b"PK\x03\x04": _ARCHIVE,
    b"\x93NUMPY": "a NumPy array",
    b"\x1f\x8b": "compressed by gzip, to be unpacked first",
    b"\x28\xb5\x2f\xfd": "compressed by zstd, to be unpacked first",
}
_ADVICE = "Tagwerk reads ROOT trees and HDF5 or Parquet files: write the jets as one of them (see docs/data.md)"
_LIST = re.compile(r"(?:std::)?vector<(.*)>|(?:ROOT::)?(?:VecOps::)?RVec<(.*)>|(.*)\[\d*\]|std::array<(.*),\s*\d+>")
_NUMBER = re.compile(r"(?:std::)?(u?int\d+_t|u?char|short|int|float|double|bool)")


@dataclass(frozen=True)
class SourceColumn:
    """A branch's type: how many lists deep it is (0: a number a row), and whether what is inside is a number."""

    depth: int
    number: bool
    whole: bool
    type: str


@dataclass(frozen=True)
class SourceTree:
    """A TTree or RNTuple, with its branches by their own names."""

    file: Path
    name: str
    rows: int
    columns: Mapping[str, SourceColumn]
    branches: Mapping[str, Any]

    def numbers(self, depth: int) -> list[str]:
        """Return the branches of numbers that are so many lists deep; not those that only count others."""
        return _numbers(self.columns, depth)

    def values(self, name: str, rows: int) -> ak.Array:
        """Return the first rows of a branch.

        Raises:
            UserError: they are damaged.
        """
        try:
            return self.branches[name].array(entry_stop=rows)
        except Exception as error:  # what uproot and the decompressors meet where bytes are wrong or missing
            raise UserError(f"{self.file}: branch '{name}' cannot be read ({_short(error)})") from None


@dataclass(frozen=True)
class SourceTable:
    """A Parquet file, with its columns by their names."""

    file: Path
    rows: int
    columns: Mapping[str, SourceColumn]
    name: str = "table"

    def numbers(self, depth: int) -> list[str]:
        """Return the columns of numbers that are so many lists deep; not those that only count others."""
        return _numbers(self.columns, depth)


@dataclass(frozen=True)
class Archive:
    """A NumPy archive, with the names of its arrays."""

    file: Path
    arrays: Sequence[str]


# What a layout may look into.
Source: TypeAlias = SourceTree | h5py.File | Archive | SourceTable


@contextmanager
def sources(file: Path) -> Iterator[Sequence[Source]]:
    """Give the trees of a ROOT file, the longest first, or an open HDF5 file, a NumPy archive or a Parquet file.

    Raises:
        UserError: there is no such file, or it is empty, damaged, of another kind, or holds neither trees nor datasets.
    """
    kind = _kind(file)
    if kind == "HDF5":
        with open_h5(file) as opened:
            yield [opened]
    elif kind == "ROOT":
        check_header(file)
        yield _trees(file)
    elif kind == _ARCHIVE:
        yield [_archive(file)]
    elif kind == _PARQUET:
        yield [_table(file)]
    else:
        raise UserError(f"{file}: is {kind}; {_ADVICE}")


def _kind(file: Path) -> str:
    """Return what a file is, by its first bytes."""
    if not file.exists():
        raise UserError(f"{file}: no such file; correct its name")
    if file.is_dir():
        raise UserError(f"{file}: is a directory; name one of its files")
    with file.open("rb") as opened:
        start = opened.read(512)
    if not start:
        raise UserError(f"{file}: is empty (0 bytes); copy or make it anew")
    if start.startswith(b"root"):
        return "ROOT"
    if h5py.is_hdf5(file) or start.startswith(b"\x89HDF"):
        return "HDF5"
    if start.startswith(b"PAR1"):
        return _PARQUET
    known = (said for magic, said in _OTHERS.items() if start.startswith(magic))
    return next(known, "text" if _is_text(start) else "of a kind that is not known here")


def _is_text(start: bytes) -> bool:
    text = start.decode("utf-8", errors="ignore")
    return len(text) > 0.9 * len(start) and all(each.isprintable() or each.isspace() for each in text)


def _trees(file: Path) -> list[SourceTree]:
    try:
        opened = uproot.open(file)
        kinds = {key: opened.classname_of(key) for key in opened.keys(cycle=False)}
        found = [_tree(file, key, with_fields(opened[key])) for key, kind in kinds.items() if kind in _TREES]
    except Exception as error:  # whatever uproot meets in a file that is not ROOT's, or only half of one
        raise UserError(f"{file}: cannot be read as a ROOT file, it may be truncated ({_short(error)})") from None
    if not found:
        held = ", ".join(f"{kind} '{key}'" for key, kind in list(kinds.items())[:3])
        raise UserError(f"{file}: holds no tree, only {held or 'nothing'}{' and more' * (len(kinds) > 3)}; {_ADVICE}")
    filled = [tree for tree in found if tree.rows]
    if not filled:
        raise UserError(f"{file}: tree '{found[0].name}' is empty; give a file with jets in it")
    return sorted(filled, key=lambda tree: -tree.rows)


def _archive(file: Path) -> Archive:
    try:
        with ZipFile(file) as opened:
            inside = opened.namelist()
    except (OSError, BadZipFile) as error:
        raise UserError(f"{file}: cannot be read as a zip archive, it may be truncated ({_short(error)})") from None
    if not any(name.endswith(".npy") for name in inside):
        raise UserError(f"{file}: is {_ARCHIVE} without NumPy's arrays ({', '.join(inside[:3])}); unpack it first")
    return Archive(file, [name.removesuffix(".npy") for name in inside])


def _table(file: Path) -> SourceTable:
    with open_parquet(file) as opened:
        rows = int(opened.metadata.num_rows)
        columns = {
            leaf.name: SourceColumn(leaf.depth, leaf.number, leaf.whole, str(leaf.type)) for leaf in leaves(opened)
        }
    if not rows:
        raise UserError(f"{file}: has no rows; give a file with jets in it")
    return SourceTable(file, rows, columns)


def _tree(file: Path, name: str, tree: Any) -> SourceTree:
    branches: dict[str, Any] = {}
    if is_rntuple(tree):
        # ATLAS has a colon there in RNTuples; the readers know either.
        branches = {plain(field.path): field for field in fields(tree)}
    else:
        for branch in tree.itervalues(recursive=True):
            branches.setdefault(branch.name, branch)
    columns = {key: _column(branch.typename, getattr(branch, "depth", 0)) for key, branch in branches.items()}
    return SourceTree(file, name, int(tree.num_entries), columns, branches)


def _column(type_: str, depth: int = 0) -> SourceColumn:
    """Return what a type says of what is inside so many lists."""
    inner = type_.strip()
    while match := _LIST.fullmatch(inner):
        depth, inner = depth + 1, next(filter(None, match.groups())).strip()
    number = _NUMBER.fullmatch(inner)
    return SourceColumn(depth, number is not None, number is not None and number[1] not in ("float", "double"), type_)


def _numbers(columns: Mapping[str, SourceColumn], depth: int) -> list[str]:
    return [
        name
        for name, each in columns.items()
        if each.number and each.depth == depth and not (name[:1] == "n" and name[1:] in columns)
    ]


def _short(error: Exception) -> str:
    return " ".join(str(error).split())[:80] or type(error).__name__
