"""The checksums that files of Tagwerk carry, so that damage on disk is noticed wherever it is.

A file holds the SHA-256 of all its other bytes: JSON under the key `sha256` at its end, Parquet before its footer,
where no reader looks, others behind their end. What cannot carry one, such as CSV, is listed under `files` in the JSON
file of its directory. A file without a checksum is taken as it is.
"""

import hashlib
import json
import mmap
import time
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

from pydantic import BaseModel

from tagwerk.errors import UserError

_MARK, _DIGITS, _END = b'"sha256": "', 64, b'"'
_LIST = b',\n "files": '
_OF_DIRECTORIES = ("training.json", "about.json", "comparison.json")
_PARQUET_END = 8  # the length of the footer and "PAR1"
_TICK = 1_000_000_000  # ns; what was written so lately may be written again without another time


def write_json(path: Path, content: BaseModel, files: Iterable[Path] = ()) -> None:
    """Write a model as JSON with its checksum, and with those of other files of its directory."""
    text = content.model_dump_json(indent=1).encode().removesuffix(b"\n}")
    listed = json.dumps({file.name: _digest(file) for file in files}).encode()
    head, tail = text + _LIST + listed + b",\n " + _MARK, _END + b"\n}\n"
    path.write_bytes(head + hashlib.sha256(head + tail).hexdigest().encode() + tail)


def read_json(path: Path, made_by: str) -> bytes:
    """Return what `write_json` wrote, without what it added; or the content of a file without a checksum.

    Args:
        path: the file.
        made_by: the command that writes such files, to be named in a message.

    Raises:
        UserError: the file is missing, damaged or edited.
    """
    try:
        check(path, made_by)
        content = path.read_bytes()
    except FileNotFoundError:
        raise missing(path, made_by) from None
    own, added, _ = content.rpartition(_LIST)
    return own + b"\n}" if added else content


def missing(path: Path, made_by: str) -> UserError:
    """Return what to say of a file that is not there."""
    said = f"{path}: no such file; run `{made_by}` first"
    # Snakemake has nothing to do where a directory that a rule makes is there, whatever is in it.
    of_directory = path.suffix == ".parquet" or path.name in _OF_DIRECTORIES
    if of_directory and path.parent.is_dir() and any(path.parent.iterdir()):
        said += f", or snakemake, but remove {path.parent} before: it is not whole, though taken for finished"
    return UserError(said)


def add(path: Path) -> None:
    """Add the checksum to a file that was written: to Parquet before its footer, to others behind their end."""
    with path.open("r+b") as file:
        end = file.seek(0, 2)
        if path.suffix == ".parquet":
            file.seek(end - _PARQUET_END)
            end -= _PARQUET_END + int.from_bytes(file.read(4), "little")
        file.seek(end)
        rest = file.read()
        file.seek(0)
        found = hashlib.sha256()
        while end - file.tell() > 0:
            found.update(file.read(min(1 << 20, end - file.tell())))
        found.update(_MARK + _END + rest)
        file.write(_MARK + found.hexdigest().encode() + _END + rest)


def check(path: Path, made_by: str) -> None:
    """Make sure that a file is as it was written; `made_by` is named in the message.

    Raises:
        UserError: its checksum is another one.
    """
    if is_intact(path) is False:
        raise _damaged(path, made_by)


def check_listed(path: Path, by: Path, made_by: str) -> None:
    """Make sure of the same for a file that a JSON file, if it is there, may list.

    Raises:
        UserError: either is missing, damaged or edited.
    """
    if not by.exists():
        return
    try:
        check(by, made_by)
        listed = json.loads(by.read_bytes()).get("files", {})
    except (ValueError, AttributeError):
        raise _damaged(by, made_by) from None
    if path.name in listed:
        if not path.is_file():
            raise missing(path, made_by)
        if listed[path.name] != _digest(path):
            raise _damaged(path, made_by)


def is_intact(path: Path) -> bool | None:
    """Return whether a file is as it was written; None where it has no checksum."""
    about = path.stat()
    if abs(time.time_ns() - about.st_mtime_ns) < _TICK:
        return _look(path, about.st_size)
    return _look_once(path, about.st_size, about.st_mtime_ns, about.st_ino)


@lru_cache(maxsize=4096)
def _look_once(path: Path, size: int, *_: int) -> bool | None:
    """Look at a file once as long as it is not written anew."""
    return _look(path, size)


def _look(path: Path, size: int) -> bool | None:
    if not size:
        return None
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        start = content.rfind(_MARK) + len(_MARK)
        if start < len(_MARK):
            return None
        with memoryview(content) as view:
            found = hashlib.sha256(view[:start])
            found.update(view[start + _DIGITS :])
        return content[start : start + _DIGITS] == found.hexdigest().encode()


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _damaged(path: Path, made_by: str) -> UserError:
    return UserError(f"{path}: is damaged, or was edited (its SHA-256 is another); run `{made_by}` again")
