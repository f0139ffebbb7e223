"""Parquet files read in one thread: Arrow's thread pool may abort a process that ends while it winds down.

See github.com/apache/arrow/issues/34314 and 50482. Each stage is one thread anyway; Snakemake runs stages side by side.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from tagwerk.errors import UserError


def read_table(path: Path, made_by: str, columns: Sequence[str] | None = None) -> Any:
    """Return the Arrow table that a Parquet file holds.

    Args:
        path: the file.
        made_by: the command that writes such files, to be named in a message.
        columns: which to read; all by default.

    Raises:
        UserError: the file is missing or no whole Parquet file, or lacks a column.
    """
    with _opened(path, made_by, columns) as file:
        return file.read(_list(columns), use_threads=False)


def iterate_tables(path: Path, made_by: str, columns: Sequence[str] | None = None) -> Iterator[Any]:
    """Yield the Arrow tables of a Parquet file's row groups, which have a row at least; arguments as of `read_table`.

    Raises:
        UserError: as `read_table`.
    """
    with _opened(path, made_by, columns) as file:
        for group in range(file.num_row_groups):
            if file.metadata.row_group(group).num_rows:
                yield file.read_row_group(group, _list(columns), use_threads=False)


@contextmanager
def _opened(path: Path, made_by: str, columns: Sequence[str] | None) -> Iterator[pq.ParquetFile]:
    if not path.exists():
        raise UserError(f"{path}: no such file; run `{made_by}` first")
    try:
        with pq.ParquetFile(path, pre_buffer=False) as file:
            for name in columns or ():
                if name not in file.schema_arrow.names:
                    raise UserError(f"{path}: has no column '{name}', has a card changed? Run `{made_by}` again")
            yield file
    except (pa.ArrowException, OSError, EOFError) as error:
        reason = " ".join(str(error).split())
        raise UserError(f"{path}: not a whole Parquet file ({reason:.80}); run `{made_by}` again") from None


def _list(columns: Sequence[str] | None) -> list[str] | None:
    return list(columns) if columns is not None else None
