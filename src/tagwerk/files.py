"""Atomic writes: a file appears complete or not at all, as a draft in the same directory that is then renamed."""

import glob
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path

from tagwerk.errors import UserError
from tagwerk.processes import Process, seconds_since_modified

_DRAFT_TIMEOUT = 24 * 3600.0  # seconds without a write after which a process on another machine is presumed dead


@contextmanager
def atomic_write(path: Path) -> Iterator[Path]:
    """Yield a draft path for a file or directory, which is renamed to `path` on success.

    After an error the draft is gone, and whatever was at `path` before is still there.

    Raises:
        UserError: `path` is a directory with files that the draft does not replace.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    _remove_stale_drafts(path)
    # The suffix stays last: writers choose their format by it.
    draft = path.with_name(f".{Process.current()}.{path.name}")
    _remove(draft)
    try:
        yield draft
        if path.is_dir():
            _check_replaceable(path, draft)
            _remove(path)
        elif draft.is_dir():
            _remove(path)
        draft.replace(path)
    except OSError as error:
        raise _with_filename(error, path) from None
    finally:
        _remove(draft)


def move_aside(base: Path, *paths: Path) -> Path:
    """Move files and directories to a new directory, named after `base` and the next free number, and return it."""
    for number in count(1):
        directory = base.with_name(f"{base.name}.{number}")
        with suppress(FileExistsError):
            directory.mkdir()
            break
    for path in paths:
        path.rename(directory / path.name)
    return directory


def _remove_stale_drafts(path: Path) -> None:
    """Remove drafts of this path that killed processes left behind."""
    for draft in path.parent.glob(f".*.{glob.escape(path.name)}"):
        process = Process.parse(draft.name[1 : -len(path.name) - 1])
        if process is None or process == Process.current():
            continue
        alive = process.is_alive()
        if alive is None:
            alive = seconds_since_modified(draft) < _DRAFT_TIMEOUT
        if not alive:
            with suppress(OSError):  # another process is removing it, or it belongs to another user
                _remove(draft)


def _with_filename(error: OSError, path: Path) -> OSError:
    """Return the error with a file name, which errors of Arrow and shutil lack, as they lack `errno`."""
    number = re.search(r"\[errno (\d+)\]", str(error), re.IGNORECASE)
    code = error.errno or (int(number[1]) if number else None)
    if error.filename is not None or code is None:
        return error
    return OSError(code, os.strerror(code), str(path))


def _check_replaceable(path: Path, draft: Path) -> None:
    """Check that only an earlier version of the draft's own files is lost."""
    replaced = {file.name for file in draft.iterdir()} if draft.is_dir() else set()
    lost = sorted(file.name for file in path.iterdir() if file.name not in replaced)
    if lost:
        raise UserError(f"{path}: is a directory with other files in it ({lost[0]}); choose another output path")


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
