"""Parquet files read in one thread: Arrow's thread pool may abort a process that exits while the pool shuts down.

See github.com/apache/arrow/issues/34314 and 50482. Each stage has one thread anyway; Snakemake runs stages in parallel.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from tagwerk.checksums import checksum_matches, missing_file, unreadable_file
from tagwerk.errors import UserError


def read_table(path: Path, made_by: str, columns: Sequence[str] | None = None) -> Any:
    """Return the Arrow table in a Parquet file.

    Args:
        path: the file.
        made_by: the command that writes such files, for messages.
        columns: to read, such as `event` or the nested `constituents.pt`; all by default.

    Raises:
        UserError: the file is missing or not a valid Parquet file, or lacks a column.
    """
    with _opened(path, made_by) as file:
        return file.read(_leaves(path, made_by, file, columns), use_threads=False)


def read_row_group(path: Path, made_by: str, group: int, columns: Sequence[str]) -> Any:
    """Return the Arrow table of one row group; other arguments and errors are those of `read_table`."""
    with _opened(path, made_by) as file:
        return file.read_row_group(group, _leaves(path, made_by, file, columns), use_threads=False)


def row_group_sizes(path: Path, made_by: str, columns: Sequence[str]) -> list[tuple[int, int]]:
    """Return the number of rows of each row group, and the number of values in these columns.

    Arguments and errors are those of `read_table`.
    """
    with _opened(path, made_by) as file:
        paths = set(_leaves(path, made_by, file, columns) or [])
        groups = [file.metadata.row_group(index) for index in range(file.num_row_groups)]
        leaves = [[group.column(index) for index in range(group.num_columns)] for group in groups]
        values = [sum(leaf.num_values for leaf in of_group if leaf.path_in_schema in paths) for of_group in leaves]
        return [(group.num_rows, num_values) for group, num_values in zip(groups, values, strict=True)]


def iterate_tables(path: Path, made_by: str, columns: Sequence[str] | None = None) -> Iterator[Any]:
    """Yield the Arrow tables of the row groups that are not empty; arguments are those of `read_table`.

    Raises:
        UserError: as `read_table`.
    """
    with _opened(path, made_by) as file:
        leaves = _leaves(path, made_by, file, columns)
        for group in range(file.num_row_groups):
            if file.metadata.row_group(group).num_rows:
                yield file.read_row_group(group, leaves, use_threads=False)


@contextmanager
def _opened(path: Path, made_by: str) -> Iterator[pq.ParquetFile]:
    if not path.exists():
        raise missing_file(path, made_by)
    try:
        if checksum_matches(path) is False:
            raise ValueError("its SHA-256 differs")
        with pq.ParquetFile(path, pre_buffer=False, page_checksum_verification=True) as file:
            yield file
    except (pa.ArrowException, OSError, EOFError, ValueError, KeyError) as error:
        raise unreadable_file(path, "not a valid Parquet file", made_by, error) from None


def _leaves(path: Path, made_by: str, file: pq.ParquetFile, columns: Sequence[str] | None) -> list[str] | None:
    """Return the Parquet paths of the leaves of these columns; list elements are below `list.element`."""
    if columns is None:
        return None
    paths = [file.schema.column(index).path for index in range(len(file.schema))]
    by_name = {leaf.replace(".list.element", ""): leaf for leaf in paths}
    leaves = []
    for column in columns:
        of_column = [leaf for name, leaf in by_name.items() if name == column or name.startswith(f"{column}.")]
        if not of_column:
            raise UserError(f"{path}: has no column '{column}'; if a card has changed, run `{made_by}` again")
        leaves += of_column
    return leaves
