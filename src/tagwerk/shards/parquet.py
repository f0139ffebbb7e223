"""Parquet files read in one thread: Arrow's thread pool may abort a process that ends while it winds down.

See github.com/apache/arrow/issues/34314 and 50482. Each stage is one thread anyway; Snakemake runs stages side by side.
"""

from collections.abc import Sequence
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
    if not path.exists():
        raise UserError(f"{path}: no such file; run `{made_by}` first")
    try:
        with pq.ParquetFile(path, pre_buffer=False) as file:
            present = file.schema_arrow.names
            table = file.read(list(columns) if columns is not None else None, use_threads=False)
    except (pa.ArrowException, OSError, EOFError) as error:
        reason = " ".join(str(error).split())
        raise UserError(f"{path}: not a whole Parquet file ({reason:.80}); run `{made_by}` again") from None
    for name in columns or ():
        if name not in present:
            raise UserError(f"{path}: has no column '{name}', has a card changed? Run `{made_by}` again")
    return table
