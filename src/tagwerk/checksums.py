"""Checksums in the files that Tagwerk writes, so that any damage on disk is noticed.

A file holds the SHA-256 of all its other bytes: JSON under the key `sha256` at its end, Parquet before its footer,
where no reader looks, other formats after their end. Files that cannot hold one, such as CSV, are listed under `files`
in the JSON file of their directory. A file without a checksum is accepted as it is.
"""

import hashlib
import json
import time
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import BinaryIO

from pydantic import BaseModel

from tagwerk.errors import UserError

_KEY, _DIGITS, _END = b'"sha256": "', 64, b'"'
_JSON_END = b"\n}\n"
_FILES_KEY = b',\n "files": '
_IN_DIRECTORIES = (
    "training.json",
    "about.json",
    "comparison.json",
    "figures.json",
    "interactive.json",
    "working_points.json",
)
_BLOCK = 1 << 20  # bytes
_PARQUET_TAIL = 8  # bytes: the length of the footer and "PAR1"
_MTIME_RESOLUTION = 1_000_000_000  # ns; a file modified this recently may change again and keep its time


def write_json(path: Path, content: BaseModel, files: Iterable[Path] = ()) -> None:
    """Write a model as JSON with its checksum, and with the checksums of `files` in the same directory."""
    text = content.model_dump_json(indent=1).encode().removesuffix(b"\n}")
    digests = json.dumps({file.name: _digest(file) for file in files}).encode()
    head, tail = text + _FILES_KEY + digests + b",\n " + _KEY, _END + _JSON_END
    path.write_bytes(head + hashlib.sha256(head + tail).hexdigest().encode() + tail)


def read_json(path: Path, made_by: str) -> bytes:
    """Return the JSON that `write_json` wrote, without checksums; a file without a checksum is returned as it is.

    Args:
        path: the file.
        made_by: the command that writes the file, for the error message.

    Raises:
        UserError: the file is missing, damaged or edited.
    """
    try:
        verify_checksum(path, made_by)
        content = path.read_bytes()
    except FileNotFoundError:
        raise missing_file(path, made_by) from None
    model, files_key, _ = content.rpartition(_FILES_KEY)
    return model + b"\n}" if files_key else content


def missing_file(path: Path, made_by: str) -> UserError:
    """Return the error for a file that does not exist."""
    message, output = f"{path}: no such file; run `{made_by}` first", _output_with(path)
    # Snakemake takes a rule's output directory for complete if it exists, whatever is in it.
    if output == path or not output.is_dir() or not any(output.iterdir()):
        return UserError(message)
    return UserError(
        f"{message}; to use snakemake, remove {output} first: it is incomplete, but counts as finished", output
    )


def unusable_file(path: Path, what: str, made_by: str) -> UserError:
    """Return the error for a file of Tagwerk's that is damaged, edited or something else.

    Args:
        path: the file.
        what: is wrong with it, such as `is damaged`.
        made_by: the command that writes the file.
    """
    return UserError(f"{path}: {what}; run `{made_by}` again", _output_with(path))


def unreadable_file(path: Path, what: str, made_by: str, error: Exception) -> UserError:
    """Return the error for a file that a library could not read; it may be intact. Arguments as `unusable_file`.

    Too little memory, a missing permission, too many open files or a failing disk say nothing about its content.
    """
    reason = f"{' '.join(str(error).split()):.80}"
    if isinstance(error, MemoryError) or (isinstance(error, OSError) and (error.errno or "[errno " in reason.lower())):
        return UserError(f"{path}: cannot be read ({reason})")
    return unusable_file(path, f"{what} ({reason})", made_by)


def _output_with(path: Path) -> Path:
    """Return the output of the stage that writes a file: its directory, or the file itself if it is on its own."""
    return path.parent if path.suffix != ".json" or path.name in _IN_DIRECTORIES else path


def add_checksum(path: Path) -> None:
    """Add its checksum to a finished file: before the footer of Parquet, after the end of other formats."""
    with path.open("r+b") as file:
        end = file.seek(0, 2)
        if path.suffix == ".parquet":
            file.seek(end - _PARQUET_TAIL)
            end -= _PARQUET_TAIL + int.from_bytes(file.read(4), "little")
        file.seek(end)
        footer = file.read()
        file.seek(0)
        digest = hashlib.sha256()
        _add(digest, file, end)
        digest.update(_KEY + _END + footer)
        file.write(_KEY + digest.hexdigest().encode() + _END + footer)


def verify_checksum(path: Path, made_by: str) -> None:
    """Check that a file matches its checksum; the message names `made_by`.

    Raises:
        UserError: the file does not match its checksum.
    """
    if checksum_matches(path) is False:
        raise _damaged(path, made_by)


def check_listed_file(path: Path, listed_in: Path, made_by: str) -> None:
    """Check a file against the checksum that a JSON file lists for it; without either, do nothing.

    Raises:
        UserError: either file is damaged or edited, or the listed file is missing.
    """
    if not listed_in.exists():
        return
    try:
        verify_checksum(listed_in, made_by)
        digests = json.loads(listed_in.read_bytes()).get("files", {})
    except (ValueError, AttributeError):
        raise _damaged(listed_in, made_by) from None
    if path.name in digests:
        if not path.is_file():
            raise missing_file(path, made_by)
        if digests[path.name] != _digest(path):
            raise _damaged(path, made_by)


def checksum_matches(path: Path) -> bool | None:
    """Return whether a file matches its checksum; None if it has none."""
    status = path.stat()
    if abs(time.time_ns() - status.st_mtime_ns) < _MTIME_RESOLUTION:
        return _compute_match(path, status.st_size)
    # Who changes a file can set its modification time, but not the time of that change.
    return _cached_match(path, status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino)


@cache
def _cached_match(path: Path, size: int, *_: int) -> bool | None:
    """Compute the match once until the file is modified."""
    return _compute_match(path, size)


def stored_checksum(path: Path) -> str | None:
    """Return the checksum that a file holds, whether it matches or not, from its end alone; None if it has none."""
    length = len(_KEY) + _DIGITS + len(_END)
    with path.open("rb") as file:
        start = file.seek(0, 2) - length
        if path.suffix == ".parquet":
            file.seek(max(start + length - _PARQUET_TAIL, 0))
            start -= _PARQUET_TAIL + int.from_bytes(file.read(4), "little")
        elif path.suffix == ".json":
            start -= len(_JSON_END)
        if start < 0:
            return None
        file.seek(start)
        found = file.read(length)
    digits = found[len(_KEY) : -len(_END)]
    return digits.decode() if found == _KEY + digits + _END and digits.isalnum() and digits.isascii() else None


def _compute_match(path: Path, size: int) -> bool | None:
    # Not mapped into memory: there an unreadable disk or a truncation would kill the process.
    with path.open("rb") as file:
        key = _find_last_key(file, size)
        if key is None:
            return None
        digest, start = hashlib.sha256(), key + len(_KEY)
        file.seek(0)
        _add(digest, file, start)
        digits = file.read(_DIGITS)
        _add(digest, file, size)
        return digits == digest.hexdigest().encode()


def _find_last_key(file: BinaryIO, size: int) -> int | None:
    """Return the position of the last key in a file; None if there is none."""
    after = b""
    for start in reversed(range(0, size, _BLOCK)):
        file.seek(start)
        content = file.read(_BLOCK) + after
        found = content.rfind(_KEY)
        if found >= 0:
            return start + found
        after = content[: len(_KEY) - 1]
    return None


def _add(digest: "hashlib._Hash", file: BinaryIO, end: int) -> None:
    """Add the bytes of a file up to a position to a digest."""
    while content := file.read(min(_BLOCK, max(end - file.tell(), 0))):
        digest.update(content)


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _damaged(path: Path, made_by: str) -> UserError:
    return unusable_file(path, "is damaged or was edited (its SHA-256 does not match)", made_by)
