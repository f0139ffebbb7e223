"""Files appear atomic_write or not at all: written beside their place under another name, then renamed."""

import glob
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path

from tagwerk.errors import UserError
from tagwerk.processes import Process, silence

_SILENCE = 24 * 3600.0  # seconds without a byte after which a process on another machine is taken for dead


@contextmanager
def atomic_write(path: Path) -> Iterator[Path]:
    """Give a path to write a file or make a directory at; it takes its final name when all went well.

    After an error nothing is left, and what stood at the final name before still stands there.

    Raises:
        UserError: a directory stands at the final name that holds what was not written here.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    _sweep(path)
    # The suffixes stay last: writers choose their format by them.
    draft = path.with_name(f".{Process.this()}.{path.name}")
    _remove(draft)
    try:
        yield draft
        if path.is_dir():
            _check_replaceable(path, draft)
            _remove(path)
        elif draft.is_dir():
            _remove(path)
        draft.replace(path)
    except OSError as trouble:
        raise _with_name(trouble, path) from None
    finally:
        _remove(draft)


def aside(base: Path, *paths: Path) -> Path:
    """Move files and directories to a new directory, whose name is that of `base` and the next free number."""
    for number in count(1):
        place = base.with_name(f"{base.name}.{number}")
        with suppress(FileExistsError):
            place.mkdir()
            break
    for path in paths:
        path.rename(place / path.name)
    return place


def _sweep(path: Path) -> None:
    """Remove the drafts of the same name that killed processes left, also those of this one's."""
    for each in path.parent.glob(f".*.{glob.escape(path.name)}"):
        process = Process.of(each.name[1 : -len(path.name) - 1])
        if process is None or process == Process.this():
            continue
        alive = process.is_alive()
        if alive is None:
            alive = silence(each) < _SILENCE
        if not alive:
            with suppress(OSError):  # another one does the same, or it is another user's
                _remove(each)


def _with_name(trouble: OSError, path: Path) -> OSError:
    """Return the error with a file's name, which Arrow's lack, and their number too."""
    number = re.search(r"\[errno (\d+)\]", str(trouble))
    code = trouble.errno or (int(number[1]) if number else None)
    if trouble.filename is not None or code is None:
        return trouble
    return OSError(code, os.strerror(code), str(path))


def _check_replaceable(path: Path, draft: Path) -> None:
    """Make sure that nothing is lost but an earlier version of what replaces it."""
    ours = {file.name for file in draft.iterdir()} if draft.is_dir() else set()
    foreign = sorted(file.name for file in path.iterdir() if file.name not in ours)
    if foreign:
        raise UserError(f"{path}: is a directory with other files in it ({foreign[0]}); write elsewhere")


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
