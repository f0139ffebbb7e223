"""The journal file of a search, with a checksum per line."""

import json
import zlib
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any

from optuna.storages.journal import JournalFileBackend, JournalFileOpenLock

from tagwerk.errors import UserError

_CHECKSUM = "crc32"


class CheckedBackend(JournalFileBackend):
    """A journal file that verifies the checksum of each line it reads."""

    def __init__(self, path: Path, lock: JournalFileOpenLock) -> None:
        """Set the file, which need not exist, and its lock."""
        super().__init__(str(path), lock)
        self._path = path

    def append_logs(self, logs: list[dict[str, Any]]) -> None:
        """Append lines with their checksums."""
        super().append_logs([log | {_CHECKSUM: _checksum(log)} for log in logs])

    def read_logs(self, log_number_from: int) -> Generator[dict[str, Any], None, None]:
        """Yield the lines from this number on; lines without a checksum are not verified.

        Raises:
            UserError: a line is damaged.
        """
        try:
            for log in super().read_logs(log_number_from):
                yield _verified(log)
        except (ValueError, AttributeError):
            raise damaged_journal(self._path) from None


def damaged_journal(path: Path) -> UserError:
    """Return the error for a damaged journal."""
    return UserError(f"{path}: is damaged or not a search journal; delete it to start over", path)


def intact_lines(content: bytes) -> Iterator[bytes]:
    """Yield the lines of a journal up to the first one that is damaged or truncated."""
    for line in content.splitlines(keepends=True):
        try:
            _verified(json.loads(line))
        except (ValueError, TypeError, AttributeError, RecursionError):
            return
        if not line.endswith(b"\n"):
            return
        yield line


def _verified(log: dict[str, Any]) -> dict[str, Any]:
    """Return a line of a journal without its checksum; lines without one are not verified.

    Raises:
        ValueError: the line does not match its checksum.
    """
    checksum = log.pop(_CHECKSUM, None)
    if checksum not in (None, _checksum(log)):
        raise ValueError("the checksum differs")
    return log


def _checksum(log: dict[str, Any]) -> int:
    return zlib.crc32(json.dumps(log, sort_keys=True).encode())
