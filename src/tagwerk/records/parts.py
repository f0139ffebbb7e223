"""The jet records of a dataset's parts, on disk or in memory, piece by piece and group by group."""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import awkward as ak

from tagwerk.errors import UserError
from tagwerk.records.row_groups import iterate_tables, read_row_group, row_group_sizes

SPLIT = "split"  # the field of records in memory that holds the name of their piece

Fields: TypeAlias = Mapping[str, Sequence[str]]

_GROUP = 10_000  # jets in memory that are handled at once
_MADE_BY = "tagwerk ingest"


@dataclass(frozen=True, eq=False)
class ArrayPart:
    """Jet records in memory, of one piece or several: the field `split` names each record's."""

    name: str
    records: ak.Array

    def groups(self, piece: str) -> Iterator[ak.Array]:
        """Yield the records of a piece, at most 10,000 at a time."""
        records = self.records[self.records[SPLIT] == piece]
        for start in range(0, len(records), _GROUP):
            yield records[start : start + _GROUP]


# A directory that `ingest` wrote, or an array.
Part: TypeAlias = Path | ArrayPart

# What users give: one or several such directories or arrays.
Records: TypeAlias = ak.Array | Path | str | Sequence[ak.Array | Path | str]


def parts_of(records: Records) -> list[Part]:
    """Return the parts that a user gives.

    Raises:
        UserError: an array does not hold jet records.
    """
    if isinstance(records, ak.Array | Path | str):
        return parts_of([records])
    return [
        _array_part(f"array {index}", each) if isinstance(each, ak.Array) else Path(each)
        for index, each in enumerate(records)
    ]


def _array_part(name: str, records: ak.Array) -> ArrayPart:
    for field in ("event", "source", "label", "weight", "jet", SPLIT):
        if field not in records.fields:
            raise UserError(f"{name}: has no field '{field}'; make jet records with tagwerk.read")
    return ArrayPart(name, records)


class RowGroup(ABC):
    """Records that are read at once.

    Attributes:
        jets: number of records.
        num_values: number of values of the requested variables.
        path: the file that holds them, or a name, for messages.
    """

    jets: int
    num_values: int
    path: Path

    @abstractmethod
    def read(self, fields: Fields) -> ak.Array:
        """Return the records with these variables, as in `list_row_groups`."""


@dataclass(frozen=True)
class FileRowGroup(RowGroup):
    """The row group of this index in a Parquet file."""

    path: Path
    group: int
    jets: int
    num_values: int

    def read(self, fields: Fields) -> ak.Array:
        """Return the records with these variables."""
        return ak.from_arrow(read_row_group(self.path, _MADE_BY, self.group, _columns(fields)))


@dataclass(frozen=True, eq=False)
class ArrayRowGroup(RowGroup):
    """Records in memory."""

    path: Path
    records: ak.Array
    jets: int
    num_values: int

    def read(self, fields: Fields) -> ak.Array:
        """Return the records, with these and other variables."""
        return self.records


def find_row_groups(parts: Sequence[Part], pieces: Sequence[str], fields: Fields) -> list[RowGroup]:
    """Return the row groups as `list_row_groups`, of which there may be none."""
    return [group for part in parts for piece in pieces for group in _row_groups(part, piece, fields)]


def list_row_groups(parts: Sequence[Part], pieces: Sequence[str], fields: Fields) -> list[RowGroup]:
    """Return the row groups, without empty ones, of these pieces of all parts in sequence.

    Args:
        parts: of the dataset.
        pieces: train, validation or test, or folds.
        fields: the variables of each field of the records; an empty list for a field that is a number.

    Raises:
        UserError: a file is missing or not a valid Parquet file, or lacks a variable; or there is no record at all.
    """
    row_groups = find_row_groups(parts, pieces, fields)
    if not row_groups:
        paths = ", ".join(str(path_of_piece(part, piece)) for part in parts for piece in pieces)
        raise UserError(f"{paths}: no jets; ingest more jets")
    return row_groups


def has_jets(parts: Sequence[Part], pieces: Sequence[str]) -> bool:
    """Return whether any of these pieces holds a jet; a file that does not exist holds none.

    Raises:
        UserError: a file is not a valid Parquet file.
    """
    there = [
        (part, piece)
        for part in parts
        for piece in pieces
        if isinstance(part, ArrayPart) or path_of_piece(part, piece).is_file()
    ]
    return any(True for part, piece in there for _ in _row_groups(part, piece, {"label": []}))


def has_fields(parts: Sequence[Part], pieces: Sequence[str], fields: Fields) -> bool:
    """Return whether all records of these pieces have these variables; arguments as `list_row_groups`.

    Raises:
        UserError: a file is damaged.
    """
    try:
        list_row_groups(parts, pieces, fields)
    except UserError as mistake:
        if mistake.damaged is not None:
            raise
        return False
    return True


def iterate_records(part: Part, piece: str, fields: list[str] | None = None) -> Iterator[ak.Array]:
    """Yield the records of one piece of one part by row group, which is a chunk of `ingest`.

    Args:
        part: a directory or an array.
        piece: train, validation or test, or a fold.
        fields: of the records to read; all by default.

    Raises:
        UserError: the file is missing or not a valid Parquet file, or lacks a field.
    """
    if isinstance(part, ArrayPart):
        _check_columns(part, fields or [])
        yield from part.groups(piece)
        return
    for table in iterate_tables(path_of_piece(part, piece), _MADE_BY, fields):
        yield ak.from_arrow(table)


def path_of_piece(part: Part, piece: str) -> Path:
    """Return the file of a piece, or for an array its name in messages."""
    return Path(part.name) / piece if isinstance(part, ArrayPart) else part / f"{piece}.parquet"


def _row_groups(part: Part, piece: str, fields: Fields) -> Iterator[RowGroup]:
    path, columns = path_of_piece(part, piece), _columns(fields)
    if isinstance(part, ArrayPart):
        _check_columns(part, columns)
        for records in part.groups(piece):
            values = sum(_count_values(records[tuple(column.split("."))]) for column in columns)
            yield ArrayRowGroup(path, records, len(records), values)
        return
    for group, (jets, num_values) in enumerate(row_group_sizes(path, _MADE_BY, columns)):
        if jets:
            yield FileRowGroup(path, group, jets, num_values)


def _count_values(column: ak.Array) -> int:
    return len(column) if column.ndim == 1 else int(ak.sum(ak.num(column)))


def _check_columns(part: ArrayPart, columns: Sequence[str]) -> None:
    """Raise UserError if records in memory lack a column such as `constituents.charge`."""
    for column in columns:
        field, _, variable = column.partition(".")
        if field not in part.records.fields or (variable and variable not in part.records[field].fields):
            raise UserError(f"{part.name}: has no column '{column}'; read the jets with this dataset's card")


def _columns(fields: Fields) -> list[str]:
    return [".".join(filter(None, [field, name])) for field, names in fields.items() for name in names or [""]]
