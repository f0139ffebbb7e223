"""Lock files, so that no two processes do the same work in the same place."""

import hashlib
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
from tagwerk.processes import HEARTBEAT, HEARTBEAT_TIMEOUT, Process, disk_time

_STALE = 10 * HEARTBEAT_TIMEOUT  # seconds after which a lock is stale without a wait
_POLL_INTERVAL = 0.5  # seconds between two checks of another machine's lock


@contextmanager
def locked(path: Path, doing: str) -> Iterator[None]:
    """Hold a lock file; the lock of a dead process is taken over.

    Args:
        path: lock file.
        doing: what the holder does, for the message to other processes, such as `has been training here`.

    Raises:
        UserError: a live process holds the lock.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    since = datetime.now().astimezone().isoformat(sep=" ", timespec="seconds")
    content = json.dumps({"process": str(Process.current()), "host": socket.gethostname(), "since": since})
    while not _acquire(path, content):
        _remove_if_dead(path, doing)
    stop = threading.Event()
    thread = threading.Thread(target=_heartbeat, args=(path, stop), daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()
        if _read(path) == content:
            path.unlink(missing_ok=True)


def _acquire(path: Path, content: str) -> bool:
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(content)
    except FileExistsError:
        return False
    return True


def _remove_if_dead(path: Path, doing: str) -> None:
    """Remove the lock once its process is known to be dead.

    Raises:
        UserError: the process is alive.
    """
    content, start, heartbeat, notice = _read(path), time.monotonic(), _mtime(path), ""
    holder = _parse(content)
    process = Process.parse(holder.get("process", ""))
    while (alive := process.is_alive() if process is not None else None) is not False:
        if alive or _mtime(path) != heartbeat or _read(path) != content:
            who = f"process {process.pid if process else '?'} on {holder.get('host', 'an unknown machine')}"
            what = f"{who} {doing} since {holder.get('since', '?')}; wait until it ends, or stop it"
            raise UserError(f"{path.parent}: {what} (its lock is {path.name})")
        if time.monotonic() - start > HEARTBEAT_TIMEOUT or disk_time(path.parent) - heartbeat > _STALE:
            break
        if not notice:
            notice = f"tagwerk: {path}: checking whether its process is alive, for up to {HEARTBEAT_TIMEOUT:.0f} s"
            print(notice, file=sys.stderr, flush=True)
        time.sleep(_POLL_INTERVAL)
    _remove(path, content)


def _remove(path: Path, content: str) -> None:
    """Remove a dead process's lock, unless another process has just replaced it with its own.

    Only who makes a second name for the lock may remove it, so that at no time a live lock is absent.
    """
    second = _second_name(path, content)
    try:
        second.hardlink_to(path)
    except FileExistsError:  # another process is removing it, or died while it did
        time.sleep(_POLL_INTERVAL)
        with suppress(FileNotFoundError):
            if disk_time(path.parent) - second.stat().st_ctime > HEARTBEAT_TIMEOUT:
                second.unlink()
        return
    except FileNotFoundError:
        return
    except OSError:  # a file system without second names, such as EOS
        second = path
    try:
        if _read(second) == content:
            path.unlink(missing_ok=True)
    finally:
        if second != path:
            second.unlink(missing_ok=True)


def _second_name(path: Path, content: str) -> Path:
    return path.with_name(f".{hashlib.sha256(content.encode()).hexdigest()[:16]}.{path.name}")


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return ""


def _parse(content: str) -> dict[str, str]:
    try:
        holder = json.loads(content)
    except ValueError:  # being written
        return {}
    return {str(key): str(value) for key, value in holder.items()} if isinstance(holder, dict) else {}


def _mtime(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0


def _heartbeat(path: Path, stop: threading.Event) -> None:
    while not stop.wait(HEARTBEAT):
        with suppress(OSError):  # removed with its directory, or the disk is briefly unavailable
            os.utime(path)
