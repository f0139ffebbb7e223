"""Parquet files and the numbers in their columns; any fault of the file is reported in one line."""

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
from tagwerk.readers.chunk_size import rows_per_chunk
from tagwerk.remote import require_local

_VALUE_BYTES = 8  # of a number in memory, at most
_NULL_CHUNK = 10_000  # rows in which nulls are counted at a time
_LISTS = (pa.ListType, pa.LargeListType, pa.FixedSizeListType)
_DAMAGE = (pa.ArrowException, OSError, ValueError)


@dataclass(frozen=True)
class Leaf:
    """A leaf of a column's nested records and lists.

    Attributes:
        name: the column's name and those of nested record fields, joined by dots.
        path: the same with the levels of lists, as in Parquet.
        depth: number of nested lists.
        type: of its values.
    """

    name: str
    path: str
    depth: int
    type: pa.DataType

    @property
    def is_integer(self) -> bool:
        """Whether it holds integers or booleans."""
        return bool(pa.types.is_integer(self.type) or pa.types.is_boolean(self.type))

    @property
    def is_numeric(self) -> bool:
        """Whether it holds numbers or booleans."""
        return self.is_integer or bool(pa.types.is_floating(self.type))


@contextmanager
def open_parquet(file: Path) -> Iterator[pq.ParquetFile]:
    """Open a Parquet file, and close it on exit; its page checksums are verified where it has any.

    Raises:
        UserError: there is no such file, or it is empty, truncated or of another kind.
    """
    require_local(file, "a Parquet file")
    if not file.exists():
        raise UserError(f"{file}: no such file; create it or correct the card's key 'files'")
    if file.is_file() and file.stat().st_size == 0:
        raise UserError(f"{file}: is empty (0 bytes); copy it again or recreate it")
    try:
        opened = pq.ParquetFile(file, page_checksum_verification=True)
    except _DAMAGE as error:
        raise UserError(
            f"{file}: cannot be read as a Parquet file, it may be truncated ({_first_words(error)});"
            " copy it again or recreate it"
        ) from None
    with opened:
        yield opened


def leaves(opened: pq.ParquetFile) -> list[Leaf]:
    """Return the leaves of all columns, in file order."""
    nested = [leaf for field in opened.schema_arrow for leaf in _leaves(field.name, field.type, 0)]
    paths = (opened.schema.column(i).path for i in range(len(opened.schema)))
    return [Leaf(name, path, depth, type_) for (name, depth, type_), path in zip(nested, paths, strict=True)]


def batches(file: Path, opened: pq.ParquetFile, wanted: Sequence[Leaf], step: int) -> Iterator[ak.Array]:
    """Yield these leaves by name, at most `step` rows at a time, fewer where rows are large; one empty chunk if none.

    Raises:
        UserError: a value is null, or the file is damaged.
    """
    row = 0
    for batch in _batches(file, opened, wanted, step):
        columns = {}
        for leaf in wanted:
            content = _content(*_column(batch, leaf.name))
            if content is None:
                raise UserError(f"{file}: {_null_message(file, opened, leaf)}")
            columns[leaf.name] = ak.Array(content)
        yield ak.zip(columns, depth_limit=1)
        row += len(batch)
    if not row:
        empty = pa.RecordBatch.from_arrays(
            [pa.array([], field.type) for field in opened.schema_arrow], schema=opened.schema_arrow
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
    """Yield the columns of these leaves as in the file, with only a few rows in memory at a time."""
    groups = (opened.metadata.row_group(i) for i in range(opened.metadata.num_row_groups))
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
            rows_per_chunk(step, _VALUE_BYTES * values / max(opened.metadata.num_rows, 1)), columns=[*paths]
        ):
            batch.validate()
            yield batch
            row += len(batch)
    except _DAMAGE as error:
        reason = _first_words(error)
        raise UserError(f"{file}: is damaged near row {row} ({reason}); copy it again or recreate it") from None


def _column(batch: pa.RecordBatch, name: str) -> tuple[pa.Array, str]:
    """Return the column that a leaf's name begins with, and the rest of the name."""
    top = next(column for column in batch.schema.names if name == column or name.startswith(f"{column}."))
    return batch.column(top), name.removeprefix(top).removeprefix(".")


def _content(array: pa.Array, name: str) -> contents.Content | None:
    """Return the numbers in a column's lists and records, None if anything is null; no value is copied.

    Args:
        array: a column, or the content of its lists or records.
        name: of the record field to take, as in `Leaf.name`.
    """
    array = array.storage if isinstance(array, pa.ExtensionArray) else array
    if array.null_count:
        return None
    if isinstance(array, pa.StructArray):
        names = (field.name for field in array.type.fields)
        inner = next(field for field in names if name == field or name.startswith(f"{field}."))
        return _content(array.field(inner), name.removeprefix(inner).removeprefix("."))
    if isinstance(array, pa.FixedSizeListArray):
        offsets = np.arange(len(array) + 1) * array.type.list_size
    elif isinstance(array, pa.ListArray | pa.LargeListArray):
        offsets = np.asarray(array.offsets).astype(np.int64)
    else:
        values = array.to_numpy(zero_copy_only=False)
        return contents.NumpyArray(values.astype(np.float32) if values.dtype == np.float16 else values)
    content = _content(array.flatten(), name)
    return None if content is None else contents.ListOffsetArray(index.Index64(offsets - offsets[0]), content)


def _null_message(file: Path, opened: pq.ParquetFile, leaf: Leaf) -> str:
    """Return a message with the number of rows in which a column has nulls."""
    null = [_null_rows(*_column(batch, leaf.name)) for batch in _batches(file, opened, [leaf], _NULL_CHUNK)]
    rows = np.flatnonzero(np.concatenate(null))
    return (
        f"column '{leaf.name}' is null in {len(rows):,} of {opened.metadata.num_rows:,} rows, first in row {rows[0]}; "
        "nulls are not filled: leave these rows out of the file, or the column out of the card"
    )


def _null_rows(array: pa.Array, name: str) -> Bools:
    """Return in which rows (N,) a column, or a value in its lists and records, is null."""
    values = ak.from_arrow(array)
    while name:
        inner = next(field for field in values.fields if name == field or name.startswith(f"{field}."))
        values, name = values[inner], name.removeprefix(inner).removeprefix(".")
    null = np.zeros(len(array), bool)
    for axis in range(values.ndim):
        missing = ak.is_none(values, axis=axis)
        for _ in range(axis):
            missing = ak.any(missing, axis=-1)
        null |= ak.to_numpy(ak.fill_none(missing, True))
    return null


def _first_words(error: Exception) -> str:
    return " ".join(str(error).split())[:80] or type(error).__name__
