"""Which process a file is of, and whether that one is still at work, also on other machines with the same disk."""

import os
import re
import socket
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Self

BEAT = 5.0  # seconds between two signs of life that processes give to those on other machines
SILENCE = 60.0  # seconds without one after which a process is taken for dead

_PATTERN = re.compile(r"(?P<machine>[\w-]+)\.(?P<number>\d+)\.(?P<began>\d+)")
_LONGEST = 24  # of a machine's name in that of a file


@dataclass(frozen=True)
class Process:
    """A process.

    Attributes:
        machine: its host and, in a container with numbers of its own, the container.
        number: the process's.
        began: when, in the clock of the machine; 0 where that is not known. Numbers come again, in a container soon.
    """

    machine: str
    number: int
    began: int

    @classmethod
    def this(cls) -> Self:
        """Return the process that asks."""
        return cls(_machine(), os.getpid(), _began(os.getpid()))

    @classmethod
    def of(cls, text: str) -> Self | None:
        """Return the process that `str` was made of; None where the text is none."""
        found = _PATTERN.fullmatch(text)
        return cls(found["machine"], int(found["number"]), int(found["began"])) if found else None

    def __str__(self) -> str:
        return f"{self.machine}.{self.number}.{self.began}"

    def is_alive(self) -> bool | None:
        """Return whether it is at work; None where it is on another machine."""
        if self.machine != _machine():
            return None
        try:
            os.kill(self.number, 0)
        except ProcessLookupError:
            return False
        except PermissionError:
            pass  # it is another user's
        return _began(self.number) == self.began


def silence(path: Path) -> float:
    """Return how many seconds ago a file, or the last one written in a directory, was touched."""
    newest = 0.0
    for each in [path, *path.rglob("*")]:
        with suppress(OSError):  # it has just been removed
            newest = max(newest, each.lstat().st_mtime)
    return time.time() - newest


def _machine() -> str:
    try:
        space = Path("/proc/self/ns/pid").stat().st_ino
    except OSError:  # no Linux
        space = 0
    host = re.sub(r"[^\w-]", "-", socket.gethostname(), flags=re.ASCII)[:_LONGEST]
    return f"{host}-{space:x}"


def _began(number: int) -> int:
    try:
        state, *fields = Path(f"/proc/{number}/stat").read_bytes().rpartition(b")")[2].split()
    except (OSError, ValueError):
        return 0
    return int(fields[18]) if state not in (b"Z", b"X") else -1  # ended, though nobody has asked how
