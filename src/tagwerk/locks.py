"""Files that say who is at work, so that no two processes do the same work at the same place."""

import json
import os
import socket
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path

from tagwerk.errors import UserError
from tagwerk.processes import BEAT, SILENCE, Process

_LONG = 10 * SILENCE  # without a sign of life so long, a process on another machine is dead whatever its clock says
_LOOK = 0.5  # seconds between two looks at the lock of such a process


@contextmanager
def locked(path: Path, doing: str) -> Iterator[None]:
    """Hold a lock while what stands inside is done; that of a dead process is taken over.

    Args:
        path: of the lock.
        doing: what a process that holds it does, to be told to others, such as `trains here`.

    Raises:
        UserError: a living process holds it.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    began = datetime.now().astimezone().isoformat(sep=" ", timespec="seconds")
    own = json.dumps({"process": str(Process.this()), "host": socket.gethostname(), "since": began})
    while not _acquire(path, own):
        _wait_for_death(path, doing)
    over = threading.Event()
    thread = threading.Thread(target=_beat, args=(path, over), daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
        if _content(path) == own:
            path.unlink(missing_ok=True)


def _acquire(path: Path, own: str) -> bool:
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(own)
    except FileExistsError:
        return False
    return True


def _wait_for_death(path: Path, doing: str) -> None:
    """Return once the lock is none of a living process, with the lock removed.

    Raises:
        UserError: the process lives.
    """
    found, start, sign, said = _content(path), time.monotonic(), _sign(path), ""
    about = _parsed(found)
    process = Process.of(about.get("process", ""))
    while (alive := process.is_alive() if process is not None else None) is not False:
        if alive or _sign(path) != sign or _content(path) != found:
            who = f"process {process.number if process else '?'} on {about.get('host', 'an unknown machine')}"
            told = f"{who} {doing} since {about.get('since', '?')}; wait until it ends, or end it"
            raise UserError(f"{path.parent}: {told} (its lock is {path.name})")
        if time.monotonic() - start > SILENCE or time.time() - sign > _LONG:
            break
        if not said:
            said = f"tagwerk: {path}: waits for a sign of life of its process, {SILENCE:.0f} s at most"
            print(said, file=sys.stderr, flush=True)
        time.sleep(_LOOK)
    _remove(path, found)


def _remove(path: Path, content: str) -> None:
    """Remove a dead process's lock, unless another process has just done that, and put its own there."""
    away = path.with_name(f".{Process.this()}.{path.name}")
    with suppress(FileNotFoundError):
        path.rename(away)
        if away.read_text(encoding="utf-8") == content:
            away.unlink()
        else:
            away.rename(path)


def _content(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return ""


def _parsed(content: str) -> dict[str, str]:
    try:
        found = json.loads(content)
    except ValueError:  # being written
        return {}
    return {str(name): str(value) for name, value in found.items()} if isinstance(found, dict) else {}


def _sign(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0


def _beat(path: Path, over: threading.Event) -> None:
    while not over.wait(BEAT):
        with suppress(OSError):  # removed with its directory, or the disk is away for a moment
            os.utime(path)
