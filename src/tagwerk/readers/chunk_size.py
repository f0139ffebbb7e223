"""How many rows of a file are in memory at a time: fewer where rows are large."""

from collections.abc import Iterator

_CHUNK_BYTES = 64_000_000  # of the rows as read; what is built from them takes a few times as much


def rows_per_chunk(step: int, row_bytes: float) -> int:
    """Return how many rows to read at a time: at most `step`, fewer where rows are large."""
    return max(1, min(step, int(_CHUNK_BYTES / max(row_bytes, 1))))


def row_ranges(rows: int, step: int, row_bytes: float) -> Iterator[tuple[int, int]]:
    """Yield start and stop of each chunk of rows; (0, 0) once where there are none.

    Args:
        rows: total number of rows.
        step: maximum number of rows per chunk.
        row_bytes: size of a row in bytes.
    """
    step = rows_per_chunk(step, row_bytes)
    for start in range(0, max(rows, 1), step):
        yield start, min(start + step, rows)
