"""A process at work on a search, and how others see that it still is."""

import os
import threading
import uuid
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from tagwerk.processes import BEAT, SILENCE


class Worker:
    """A process at work: a file beside the journal that it touches again and again, and deletes in the end.

    The time is that of the disk, whichever machine looks; and none of this needs the process to be on the same one.
    """

    def __init__(self, journal: Path) -> None:
        """Give the process a name of its own."""
        self._journal, self.name = journal, uuid.uuid4().hex[:12]
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._beat, daemon=True)

    def __enter__(self) -> Self:
        self._sign(self.name).touch()
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        self._thread.join()
        self.bury(self.name)

    def sees(self, name: str) -> bool:
        """Return whether another worker, or this one, still works."""
        self._sign(self.name).touch()
        try:
            return _time(self._sign(self.name)) - _time(self._sign(name)) < SILENCE
        except FileNotFoundError:
            return False

    def bury(self, name: str) -> None:
        """Delete the sign of a worker."""
        self._sign(name).unlink(missing_ok=True)

    def _sign(self, name: str) -> Path:
        return Path(f"{self._journal}.worker-{name}")

    def _beat(self) -> None:
        while not self._over.wait(BEAT):
            with suppress(OSError):  # a disk that is away for a moment is no reason to end
                self._sign(self.name).touch()


def _time(path: Path) -> float:
    """Return when a file was touched; opening it makes a network disk look anew."""
    with path.open("rb") as file:
        return os.fstat(file.fileno()).st_mtime
