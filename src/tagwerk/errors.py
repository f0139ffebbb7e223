"""The only error that a user sees: one line that says what is wrong and what to do."""

import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_MAX_LENGTH = 2_000  # characters per line


class UserError(Exception):
    """A mistake in the user's input; the message is one line that names file, key and value, cut if very long.

    Control characters, with which a name in a file could rewrite what a terminal shows, are escaped.

    Attributes:
        damaged: the output of a stage, a file or a directory, that must be made again; None for any other mistake.
    """

    def __init__(self, message: str, damaged: Path | None = None) -> None:
        self.damaged = damaged
        lines = escaped(message).split("\n")
        super().__init__("\n".join(line if len(line) <= _MAX_LENGTH else f"{line[:_MAX_LENGTH]}..." for line in lines))


def escaped(text: str) -> str:
    """Return lines with control characters, and those that change the direction of writing, as in Python's strings."""
    if text.isprintable():
        return text
    return "".join(
        repr(each)[1:-1] if unicodedata.category(each) in ("Cc", "Cf") and each != "\n" else each for each in text
    )


@contextmanager
def error_context(*files: Path) -> Iterator[None]:
    """Prefix the message of any `UserError` raised inside with the names of these files."""
    try:
        yield
    except UserError as mistake:
        raise UserError(f"{', '.join(map(str, files))}: {mistake}", mistake.damaged) from None
