"""Download of a file over HTTP: resumed after an interruption, verified, and only then renamed to its final name.

pooch, the field's library for this, restarts every download from scratch; a killed run leaves a partial file under a
random name that no later run can find.
"""

import shutil
from hashlib import file_digest
from pathlib import Path

import requests

import tagwerk
from tagwerk.errors import UserError
from tagwerk.progress import progress

# Zenodo rejects clients that do not identify themselves; byte ranges of a compressed response are not the file's.
_HEADERS = {"User-Agent": f"tagwerk/{tagwerk.__version__}", "Accept-Encoding": "identity"}
_TIMEOUT = 60  # seconds without a byte
_CHUNK = 1 << 14  # bytes; a dropped connection loses less than this


class DownloadError(UserError):
    """A download failed or delivered the wrong file; retrying or downloading by hand may help."""


def download(url: str, target: Path, md5: str) -> None:
    """Download a file to `target` via `<target>.part`, which a later call resumes.

    Raises:
        DownloadError: the server is unreachable, refuses, drops the connection, or sends a file with another checksum.
        UserError: there is not enough disk space.
        OSError: the folder is not writable.
    """
    part = target.with_name(f"{target.name}.part")
    _download_all(url, part)
    if checksum(part) != md5:
        part.unlink()
        raise DownloadError(f"{url}: the download does not match the checksum md5:{md5} and was removed")
    part.replace(target)


def checksum(file: Path) -> str:
    """Return the MD5 sum of a file."""
    with file.open("rb") as stream:
        return file_digest(stream, "md5").hexdigest()


def check_free_space(folder: Path, needed: int) -> None:
    """Check that a folder's disk has `needed` bytes free.

    Raises:
        UserError: it has fewer.
    """
    free = shutil.disk_usage(folder).free
    if needed > free:
        raise UserError(
            f"{folder}: {needed / 1e9:.1f} GB are needed but {free / 1e9:.1f} GB are free; make room or give another"
            " folder, then run the same command again"
        )


def _download_all(url: str, part: Path) -> None:
    """Request the rest of a file for as long as each response adds bytes."""
    largest = -1
    while not _download_rest(url, part):
        size = _size(part)
        if size <= largest:
            raise DownloadError(f"{url}: the server drops the connection after {size} bytes")
        largest = size


def _download_rest(url: str, part: Path) -> bool:
    """Request the missing bytes once, append them, and return whether the file is complete."""
    size = _size(part)
    byte_range = {"Range": f"bytes={size}-"} if size else {}
    try:
        response = requests.get(url, headers=_HEADERS | byte_range, stream=True, timeout=_TIMEOUT)
    except requests.RequestException as error:
        raise DownloadError(f"{url} cannot be reached ({_reason(error)})") from None
    with response:
        if response.status_code == 200:  # a server without range support starts from the first byte
            return _append(response, part, 0)
        if response.status_code not in (206, 416):
            raise DownloadError(f"{url}: the server returned {response.status_code} {response.reason}")
        content_range = response.headers.get("Content-Range", "")
        if response.status_code == 206 and content_range.startswith(f"bytes {size}-"):
            return _append(response, part, size)
        if content_range == f"bytes */{size}":
            return True  # an earlier run was stopped after the last byte
        part.unlink(missing_ok=True)  # not the beginning of the server's file
        return False


def _append(response: requests.Response, part: Path, start: int) -> bool:
    """Write a response to a file from byte `start`, and return whether the file has the length the server announced."""
    missing = int(response.headers["Content-Length"]) if "Content-Length" in response.headers else None
    check_free_space(part.parent, missing or 0)
    total = None if missing is None else start + missing
    name = part.name.removesuffix(".part")
    with part.open("ab" if start else "wb") as file, progress(f"fetch {name}", total, "B") as bar:
        bar.initial = bar.n = start  # so that rate and remaining time refer to this connection
        try:
            for chunk in response.iter_content(_CHUNK):
                file.write(chunk)
                bar.update(len(chunk))
        except requests.RequestException:
            return False
    return total is None or _size(part) == total


def _size(part: Path) -> int:
    return part.stat().st_size if part.exists() else 0


def _reason(error: requests.RequestException) -> str:
    """Return the underlying error message, without the libraries' wrappers around it."""
    cause = error.args[0] if error.args else error
    message = str(getattr(cause, "reason", cause)).rpartition("): ")[2]
    return " ".join(message.split())[:120] or type(error).__name__
