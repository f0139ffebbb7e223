"""The one kind of error that a user sees: a line that says what is wrong and what to do."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_LONGEST = 2_000  # characters of a line


class UserError(Exception):
    """A mistake in what the user gave; its text is one line naming file, key and value, cut where it is very long."""

    def __init__(self, text: str) -> None:
        lines = text.split("\n")
        super().__init__("\n".join(line if len(line) <= _LONGEST else f"{line[:_LONGEST]}..." for line in lines))


@contextmanager
def naming(*files: Path) -> Iterator[None]:
    """Put the names of files before the line of a mistake found inside."""
    try:
        yield
    except UserError as mistake:
        raise UserError(f"{', '.join(map(str, files))}: {mistake}") from None
