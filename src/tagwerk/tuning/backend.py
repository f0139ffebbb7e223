"""The lines of a search's journal, each with its checksum."""

import json
import zlib
from collections.abc import Generator
from pathlib import Path
from typing import Any

from optuna.storages.journal import JournalFileBackend, JournalFileOpenLock

from tagwerk.errors import UserError

_CHECKSUM = "crc32"


class CheckedBackend(JournalFileBackend):
    """A journal's file, which refuses to be read where a line is not as it was written."""

    def __init__(self, path: Path, lock: JournalFileOpenLock) -> None:
        """Name the file, which need not be there, and its lock."""
        super().__init__(str(path), lock)
        self._path = path

    def append_logs(self, logs: list[dict[str, Any]]) -> None:
        """Write lines."""
        super().append_logs([log | {_CHECKSUM: _checksum(log)} for log in logs])

    def read_logs(self, log_number_from: int) -> Generator[dict[str, Any], None, None]:
        """Yield the lines from a number on; those without a checksum as they are.

        Raises:
            UserError: a line is damaged.
        """
        try:
            for log in super().read_logs(log_number_from):
                checksum = log.pop(_CHECKSUM, None)
                if checksum not in (None, _checksum(log)):
                    raise ValueError("another checksum")
                yield log
        except (ValueError, AttributeError):
            raise damaged(self._path) from None


def damaged(path: Path) -> UserError:
    """Return what to say of a damaged journal."""
    return UserError(f"{path}: is damaged or no journal of a search; delete it to begin anew")


def _checksum(log: dict[str, Any]) -> int:
    return zlib.crc32(json.dumps(log, sort_keys=True).encode())
