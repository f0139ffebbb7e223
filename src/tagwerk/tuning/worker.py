"""A process that takes part in a search, and its heartbeat."""

import os
import threading
import uuid
from contextlib import suppress
from glob import escape
from pathlib import Path
from types import TracebackType
from typing import Self

from tagwerk.processes import HEARTBEAT, HEARTBEAT_TIMEOUT


class Worker:
    """A process in a search. Its heartbeat is a file next to the journal, touched regularly and deleted at the end.

    All times are those of the disk, so that the processes may be on different machines.
    """

    def __init__(self, journal: Path) -> None:
        """Give the process a unique name."""
        self._journal, self.name = journal, uuid.uuid4().hex[:12]
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._heartbeat, daemon=True)

    def __enter__(self) -> Self:
        self._heartbeat_file(self.name).touch()
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        self._thread.join()
        self.remove_heartbeat(self.name)

    def is_alive(self, name: str) -> bool:
        """Return whether the worker of this name is alive."""
        self._heartbeat_file(self.name).touch()
        try:
            age = _modified(self._heartbeat_file(self.name)) - _modified(self._heartbeat_file(name))
            return age < HEARTBEAT_TIMEOUT
        except FileNotFoundError:
            return False

    def remove_heartbeat(self, name: str) -> None:
        """Delete the heartbeat file of a worker."""
        self._heartbeat_file(name).unlink(missing_ok=True)

    def _heartbeat_file(self, name: str) -> Path:
        return Path(f"{self._journal}.worker-{name}")

    def _heartbeat(self) -> None:
        while not self._stop.wait(HEARTBEAT):
            with suppress(OSError):  # the disk may be unavailable for a moment
                self._heartbeat_file(self.name).touch()


def has_live_workers(journal: Path) -> bool:
    """Return whether any worker of a search is alive."""
    with Worker(journal) as observer:
        names = [path.name.rpartition("worker-")[2] for path in journal.parent.glob(f"{escape(journal.name)}.worker-*")]
        return any(observer.is_alive(name) for name in names if name != observer.name)


def _modified(path: Path) -> float:
    """Return when a file was last touched; opening it makes a network disk refresh its attributes."""
    with path.open("rb") as file:
        return os.fstat(file.fileno()).st_mtime
