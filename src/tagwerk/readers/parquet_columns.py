"""Parquet files and the numbers in their columns, with whatever is wrong with the file said in a line."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import awkward as ak
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from awkward import contents, index

from tagwerk.arrays import Bools
from tagwerk.errors import UserError
from tagwerk.readers.chunk_size import rows_at_a_time

_BYTES = 8  # of a number in memory, at most
_ROWS = 10_000  # to count nulls in at a time
_LISTS = (pa.ListType, pa.LargeListType, pa.FixedSizeListType)
_DAMAGE = (pa.ArrowException, OSError, ValueError)


@dataclass(frozen=True)
class Leaf:
    """Numbers, or whatever else is at the end of a column's records and lists.

    Attributes:
        name: the column's name, and those of the fields of its records, with dots between.
        path: the same with the levels of lists, as Parquet has it.
        depth: how many lists deep it is.
        type: what it holds.
    """

    name: str
    path: str
    depth: int
    type: pa.DataType

    @property
    def whole(self) -> bool:
        """Whether it holds whole numbers, or true and false."""
        return bool(pa.types.is_integer(self.type) or pa.types.is_boolean(self.type))

    @property
    def number(self) -> bool:
        """Whether it holds numbers."""
        return self.whole or bool(pa.types.is_floating(self.type))


@contextmanager
def open_parquet(file: Path) -> Iterator[pq.ParquetFile]:
    """Give an open Parquet file, and close it; checksums of its pages are verified where it has any.

    Raises:
        UserError: there is no such file, or it is empty, truncated or of another kind.
    """
    if not file.exists():
        raise UserError(f"{file}: no such file; make it or correct the card's key 'files'")
    if file.is_file() and file.stat().st_size == 0:
        raise UserError(f"{file}: is empty (0 bytes); copy or make it anew")
    try:
        opened = pq.ParquetFile(file, page_checksum_verification=True)
    except _DAMAGE as error:
        raise UserError(
            f"{file}: cannot be read as a Parquet file, it may be truncated ({_short(error)}); copy or make it anew"
        ) from None
    with opened:
        yield opened


def leaves(opened: pq.ParquetFile) -> list[Leaf]:
    """Return what is at the ends of all columns, in their order."""
    found = [leaf for field in opened.schema_arrow for leaf in _leaves(field.name, field.type, 0)]
    paths = (opened.schema.column(number).path for number in range(len(opened.schema)))
    return [Leaf(name, path, depth, type_) for (name, depth, type_), path in zip(found, paths, strict=True)]


def batches(file: Path, opened: pq.ParquetFile, wanted: Sequence[Leaf], step: int) -> Iterator[ak.Array]:
    """Yield these leaves by their names, at most `step` rows at a time, fewer if these are large; no rows as one step.

    Raises:
        UserError: a value is null, or the file is damaged.
    """
    row = 0
    for batch in _batches(file, opened, wanted, step):
        columns = {}
        for leaf in wanted:
            found = _content(*_column(batch, leaf.name))
            if found is None:
                raise UserError(f"{file}: {_said_of_nulls(file, opened, leaf)}")
            columns[leaf.name] = ak.Array(found)
        yield ak.zip(columns, depth_limit=1)
        row += len(batch)
    if not row:
        empty = pa.RecordBatch.from_arrays(
            [pa.array([], each.type) for each in opened.schema_arrow], schema=opened.schema_arrow
        )
        yield ak.zip({leaf.name: ak.Array(_content(*_column(empty, leaf.name))) for leaf in wanted}, depth_limit=1)


def _leaves(name: str, type_: pa.DataType, depth: int) -> Iterator[tuple[str, int, pa.DataType]]:
    type_ = type_.storage_type if isinstance(type_, pa.BaseExtensionType) else type_
    if pa.types.is_struct(type_):
        for field in type_.fields:
            yield from _leaves(f"{name}.{field.name}", field.type, depth)
    elif pa.types.is_map(type_):
        yield from _leaves(f"{name}.key", type_.key_type, depth + 1)
        yield from _leaves(f"{name}.value", type_.item_type, depth + 1)
    elif isinstance(type_, _LISTS):
        yield from _leaves(name, type_.value_type, depth + 1)
    else:
        yield name, depth, type_


def _batches(file: Path, opened: pq.ParquetFile, wanted: Sequence[Leaf], step: int) -> Iterator[pa.RecordBatch]:
    """Yield the columns of these leaves as they are in the file, never more than a few rows of them in memory."""
    groups = (opened.metadata.row_group(number) for number in range(opened.metadata.num_row_groups))
    paths = {leaf.path for leaf in wanted}
    values = sum(
        column.num_values
        for group in groups
        for column in map(group.column, range(group.num_columns))
        if column.path_in_schema in paths
    )
    row = 0
    try:
        for batch in opened.iter_batches(
            rows_at_a_time(step, _BYTES * values / max(opened.metadata.num_rows, 1)), columns=[*paths]
        ):
            batch.validate()
            yield batch
            row += len(batch)
    except _DAMAGE as error:
        raise UserError(f"{file}: is damaged near row {row} ({_short(error)}); copy or make it anew") from None


def _column(batch: pa.RecordBatch, name: str) -> tuple[pa.Array, str]:
    """Return the column that a name begins with, and what follows of the name."""
    top = next(each for each in batch.schema.names if name == each or name.startswith(f"{each}."))
    return batch.column(top), name.removeprefix(top).removeprefix(".")


def _content(array: pa.Array, name: str) -> contents.Content | None:
    """Return the numbers in a column's lists and records, nothing if one of either is null; no value is copied.

    Args:
        array: a column or what is in it.
        name: of the records' field to take, as `Leaf.name`.
    """
    array = array.storage if isinstance(array, pa.ExtensionArray) else array
    if array.null_count:
        return None
    if isinstance(array, pa.StructArray):
        inner = next(each.name for each in array.type.fields if name == each.name or name.startswith(f"{each.name}."))
        return _content(array.field(inner), name.removeprefix(inner).removeprefix("."))
    if isinstance(array, pa.FixedSizeListArray):
        offsets = np.arange(len(array) + 1) * array.type.list_size
    elif isinstance(array, pa.ListArray | pa.LargeListArray):
        offsets = np.asarray(array.offsets).astype(np.int64)
    else:
        values = array.to_numpy(zero_copy_only=False)
        return contents.NumpyArray(values.astype(np.float32) if values.dtype == np.float16 else values)
    inside = _content(array.flatten(), name)
    return None if inside is None else contents.ListOffsetArray(index.Index64(offsets - offsets[0]), inside)


def _said_of_nulls(file: Path, opened: pq.ParquetFile, leaf: Leaf) -> str:
    """Say in how many rows of a file a column has nulls."""
    null = [_null_rows(*_column(batch, leaf.name)) for batch in _batches(file, opened, [leaf], _ROWS)]
    rows = np.flatnonzero(np.concatenate(null))
    return (
        f"column '{leaf.name}' is null in {len(rows):,} of {opened.metadata.num_rows:,} rows, in row {rows[0]} first; "
        "nothing is filled in: leave these rows out of the file, or the column out of the card"
    )


def _null_rows(array: pa.Array, name: str) -> Bools:
    """Return in which rows (N,) a column, or what is in its lists and records, is null."""
    values = ak.from_arrow(array)
    while name:
        inner = next(each for each in values.fields if name == each or name.startswith(f"{each}."))
        values, name = values[inner], name.removeprefix(inner).removeprefix(".")
    null = np.zeros(len(array), bool)
    for axis in range(values.ndim):
        inside = ak.is_none(values, axis=axis)
        for _ in range(axis):
            inside = ak.any(inside, axis=-1)
        null |= ak.to_numpy(ak.fill_none(inside, True))
    return null


def _short(error: Exception) -> str:
    return " ".join(str(error).split())[:80] or type(error).__name__
