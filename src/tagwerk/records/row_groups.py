"""Parquet files read in one thread: Arrow's thread pool may abort a process that ends while it winds down.

See github.com/apache/arrow/issues/34314 and 50482. Each stage is one thread anyway; Snakemake runs stages side by side.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from tagwerk.checksums import is_intact, missing
from tagwerk.errors import UserError


def read_table(path: Path, made_by: str, columns: Sequence[str] | None = None) -> Any:
    """Return the Arrow table that a Parquet file holds.

    Args:
        path: the file.
        made_by: the command that writes such files, to be named in a message.
        columns: which to read, such as `event` or, of what a column holds, `constituents.pt`; all by default.

    Raises:
        UserError: the file is missing or no whole Parquet file, or lacks a column.
    """
    with _opened(path, made_by) as file:
        return file.read(_leaves(path, made_by, file, columns), use_threads=False)


def read_row_group(path: Path, made_by: str, group: int, columns: Sequence[str]) -> Any:
    """Return the Arrow table of one row group; other arguments and errors are those of `read_table`."""
    with _opened(path, made_by) as file:
        return file.read_row_group(group, _leaves(path, made_by, file, columns), use_threads=False)


def row_groups(path: Path, made_by: str, columns: Sequence[str]) -> list[tuple[int, int]]:
    """Return of each row group how many rows it has, and how many numbers the columns hold in it.

    Arguments and errors are those of `read_table`.
    """
    with _opened(path, made_by) as file:
        wanted = set(_leaves(path, made_by, file, columns) or [])
        groups = [file.metadata.row_group(index) for index in range(file.num_row_groups)]
        leaves = [[group.column(index) for index in range(group.num_columns)] for group in groups]
        numbers = [sum(leaf.num_values for leaf in each if leaf.path_in_schema in wanted) for each in leaves]
        return [(group.num_rows, number) for group, number in zip(groups, numbers, strict=True)]


def iterate_tables(path: Path, made_by: str, columns: Sequence[str] | None = None) -> Iterator[Any]:
    """Yield the Arrow tables of a Parquet file's row groups, which have a row at least; arguments as of `read_table`.

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
        raise missing(path, made_by)
    try:
        if is_intact(path) is False:
            raise ValueError("its SHA-256 is another")
        with pq.ParquetFile(path, pre_buffer=False, page_checksum_verification=True) as file:
            yield file
    except (pa.ArrowException, OSError, EOFError, ValueError, KeyError) as error:
        reason = " ".join(str(error).split())
        raise UserError(f"{path}: not a whole Parquet file ({reason:.80}); run `{made_by}` again") from None


def _leaves(path: Path, made_by: str, file: pq.ParquetFile, columns: Sequence[str] | None) -> list[str] | None:
    """Return Parquet's own names of what the columns hold: in lists the elements stand below `list.element`."""
    if columns is None:
        return None
    paths = [file.schema.column(index).path for index in range(len(file.schema))]
    short = {each.replace(".list.element", ""): each for each in paths}
    found = []
    for name in columns:
        within = [each for plain, each in short.items() if plain == name or plain.startswith(f"{name}.")]
        if not within:
            raise UserError(f"{path}: has no column '{name}', has a card changed? Run `{made_by}` again")
        found += within
    return found
