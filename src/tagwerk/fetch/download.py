"""A file by HTTP: continued where an interrupted run left it, verified, and then given its name.

pooch, the field's library for this, begins each download anew, and what a killed run leaves of one has a random name
that no later run knows.
"""

import shutil
from hashlib import file_digest
from pathlib import Path

import requests

import tagwerk
from tagwerk.errors import UserError
from tagwerk.progress import progress

# Zenodo turns away clients that do not say who they are; a compressed answer would count other bytes than the file's.
_HEADERS = {"User-Agent": f"tagwerk/{tagwerk.__version__}", "Accept-Encoding": "identity"}
_TIMEOUT = 60  # seconds without a byte
_CHUNK = 1 << 14  # bytes; what is lost of a connection that breaks off is less


class DownloadError(UserError):
    """A file does not come, or not the right one; another attempt or another way may bring it."""


def download(url: str, target: Path, md5: str) -> None:
    """Make the file at a path, by way of `<path>.part`, which a later call continues.

    Raises:
        DownloadError: the server is out of reach, refuses, breaks off, or sends something else than the checksum says.
        UserError: there is no room.
        OSError: the folder cannot be written into.
    """
    part = target.with_name(f"{target.name}.part")
    _complete(url, part)
    if checksum(part) != md5:
        part.unlink()
        raise DownloadError(f"{url}: what came does not have the checksum md5:{md5} and is removed")
    part.replace(target)


def checksum(file: Path) -> str:
    """Return the MD5 sum of a file."""
    with file.open("rb") as stream:
        return file_digest(stream, "md5").hexdigest()


def check_room(folder: Path, needed: int) -> None:
    """Make sure that a folder's disk has room for so many bytes.

    Raises:
        UserError: it has not.
    """
    free = shutil.disk_usage(folder).free
    if needed > free:
        raise UserError(
            f"{folder}: {needed / 1e9:.1f} GB are wanted but {free / 1e9:.1f} GB are free; make room or give another"
            " folder, then run the same command again"
        )


def _complete(url: str, part: Path) -> None:
    """Ask for the rest of a file as long as each answer brings something."""
    most = -1
    while not _advance(url, part):
        have = _size(part)
        if have <= most:
            raise DownloadError(f"{url}: the server breaks off after {have} bytes")
        most = have


def _advance(url: str, part: Path) -> bool:
    """Ask once for what is missing, append it, and return whether all is there."""
    have = _size(part)
    wanted = {"Range": f"bytes={have}-"} if have else {}
    try:
        answer = requests.get(url, headers=_HEADERS | wanted, stream=True, timeout=_TIMEOUT)
    except requests.RequestException as error:
        raise DownloadError(f"{url} cannot be reached ({_reason(error)})") from None
    with answer:
        if answer.status_code == 200:  # a server that knows no ranges begins anew
            return _append(answer, part, 0)
        if answer.status_code not in (206, 416):
            raise DownloadError(f"{url}: the server answers {answer.status_code} {answer.reason}")
        held = answer.headers.get("Content-Range", "")
        if answer.status_code == 206 and held.startswith(f"bytes {have}-"):
            return _append(answer, part, have)
        if held == f"bytes */{have}":
            return True  # the run that made it was stopped after the last byte
        part.unlink(missing_ok=True)  # not the beginning of what the server has
        return False


def _append(answer: requests.Response, part: Path, start: int) -> bool:
    """Write an answer to a file from a byte on, and return whether the file is then as long as the server says."""
    missing = int(answer.headers["Content-Length"]) if "Content-Length" in answer.headers else None
    check_room(part.parent, missing or 0)
    total = None if missing is None else start + missing
    name = part.name.removesuffix(".part")
    with part.open("ab" if start else "wb") as file, progress(f"fetch {name}", total, "B") as bar:
        bar.initial = bar.n = start  # so that rate and time left are those of this connection
        try:
            for chunk in answer.iter_content(_CHUNK):
                file.write(chunk)
                bar.update(len(chunk))
        except requests.RequestException:
            return False
    return total is None or _size(part) == total


def _size(part: Path) -> int:
    return part.stat().st_size if part.exists() else 0


def _reason(error: requests.RequestException) -> str:
    """Return what went wrong without the layers of libraries around it."""
    cause = error.args[0] if error.args else error
    said = str(getattr(cause, "reason", cause)).rpartition("): ")[2]
    return " ".join(said.split())[:120] or type(error).__name__
