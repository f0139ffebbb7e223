"""The one kind of error that a user sees: a line that says what is wrong and what to do."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class UserError(Exception):
    """A mistake in what the user gave; its text is one line naming file, key and value."""


@contextmanager
def naming(*files: Path) -> Iterator[None]:
    """Put the names of files before the line of a mistake found inside."""
    try:
        yield
    except UserError as mistake:
        raise UserError(f"{', '.join(map(str, files))}: {mistake}") from None
