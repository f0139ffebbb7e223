"""Processes that own files, and whether they are still alive, also on other machines that share the disk."""

import hashlib
import os
import re
import socket
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Self

HEARTBEAT = 5.0  # seconds between two touches of a file that show other machines that its process is alive
HEARTBEAT_TIMEOUT = 60.0  # seconds without a heartbeat after which a process is presumed dead
_WRITE_TIMEOUT = 24 * 3600.0  # seconds without a write to its files, the same for a process without heartbeat

_PATTERN = re.compile(r"(?P<machine>[\w-]+)\.(?P<pid>\d+)\.(?P<started>\d+)")
_HOST_LENGTH, _HASH_LENGTH = 24, 12  # characters of the host name and of the hash in a file name


@dataclass(frozen=True)
class Process:
    """A process, identified across machines and reuse of its id.

    Attributes:
        machine: host name, and a hash of it, the kernel's boot and the PID namespace; machines and containers may
            share names and process ids.
        pid: process id.
        started: start time in ticks of the machine's clock, 0 if unknown; ids are reused, in a container soon.
    """

    machine: str
    pid: int
    started: int

    @classmethod
    def current(cls) -> Self:
        """Return the current process."""
        return cls(_machine(), os.getpid(), _start_time(os.getpid()))

    @classmethod
    def parse(cls, text: str) -> Self | None:
        """Return the process that `str` gave as this text; None if the text is not a process."""
        match = _PATTERN.fullmatch(text)
        return cls(match["machine"], int(match["pid"]), int(match["started"])) if match else None

    def __str__(self) -> str:
        return f"{self.machine}.{self.pid}.{self.started}"

    def is_alive(self) -> bool | None:
        """Return whether the process is running; None if it is on another machine."""
        if self.machine != _machine():
            return None
        try:
            os.kill(self.pid, 0)
        except ProcessLookupError:
            return False
        except PermissionError:
            pass  # another user's process
        return _start_time(self.pid) == self.started

    def has_abandoned(self, path: Path) -> bool:
        """Return whether the process is dead, and so its file or directory abandoned.

        A process on another machine is presumed dead when it has not written there for a day.
        """
        alive = self.is_alive()
        return _seconds_since_modified(path) > _WRITE_TIMEOUT if alive is None else not alive


def disk_time(folder: Path) -> float:
    """Return the time by the clock of a folder's disk, as of modification times; this machine's may differ or jump."""
    with tempfile.TemporaryFile(dir=folder) as file:
        return os.fstat(file.fileno()).st_mtime


def _seconds_since_modified(path: Path) -> float:
    """Return the seconds since a file, or the newest file in a directory, was modified."""
    newest = 0.0
    for file in [path, *path.rglob("*")]:
        with suppress(OSError):  # just removed
            newest = max(newest, file.lstat().st_mtime)
    return disk_time(path.parent) - newest


@cache
def _machine() -> str:
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii")
        namespace = Path("/proc/self/ns/pid").stat().st_ino
    except OSError:  # not Linux
        boot, namespace = "", 0
    host = socket.gethostname()
    digest = hashlib.sha256(f"{host} {boot} {namespace}".encode()).hexdigest()
    name = re.sub(r"[^\w-]", "-", host, flags=re.ASCII)
    return f"{name[:_HOST_LENGTH]}-{digest[:_HASH_LENGTH]}"


def _start_time(pid: int) -> int:
    try:
        state, *fields = Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()
    except (OSError, ValueError):
        return 0
    return int(fields[18]) if state not in (b"Z", b"X") else -1  # a zombie: ended, not yet reaped
