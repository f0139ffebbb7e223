"""Input files that must not change while they are read."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tagwerk.errors import UserError


@contextmanager
def unchanged(file: Path) -> Iterator[None]:
    """Check at the end of a block that reads a file that it is still the same; a file that does not exist is not.

    Raises:
        UserError: the file was written to, replaced or removed meanwhile.
    """
    try:
        before = _state(file)
    except UserError:  # a file on a server; reading says what is wrong with it
        before = None
    try:
        yield
    except Exception:
        if before is not None:
            _check(file, before)  # what looks like damage may be the change
        raise
    if before is not None:
        _check(file, before)


def _check(file: Path, before: tuple[int, ...]) -> None:
    if _state(file) != before:
        raise UserError(f"{file}: changed while it was read; wait until it is complete, and run again")


def _state(file: Path) -> tuple[int, ...] | None:
    try:
        status = file.stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns
