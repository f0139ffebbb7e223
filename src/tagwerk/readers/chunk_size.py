"""How much of a file is in memory at a time: so many rows, or fewer where rows are large."""

from collections.abc import Iterator

_BYTES = 64_000_000  # of the rows as they are read; what is made of them takes a few times as much


def rows_at_a_time(step: int, row: float) -> int:
    """Return how many rows to read at a time: at most `step`, and fewer where a row of so many bytes is large."""
    return max(1, min(step, int(_BYTES / max(row, 1))))


def spans(number: int, step: int, row: float) -> Iterator[tuple[int, int]]:
    """Yield first and last plus one of `number` rows, at most `step` at a time; (0, 0) once where there are none.

    Args:
        number: how many rows there are.
        step: the most rows at a time.
        row: bytes of a row.
    """
    step = rows_at_a_time(step, row)
    for start in range(0, max(number, 1), step):
        yield start, min(start + step, number)
