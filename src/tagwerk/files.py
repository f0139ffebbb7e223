"""Atomic writes: a file appears complete or not at all, as a draft in the same directory that is then renamed."""

import ctypes
import glob
import os
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from itertools import count
from pathlib import Path

from tagwerk.errors import UserError
from tagwerk.processes import Process

# What NFS, FUSE (EOS) and AFS keep of a removed file until it is closed, and Snakemake's mark in a rule's directory.
_NOT_OURS = re.compile(r"\.nfs[0-9a-f]+|\.fuse_hidden[0-9a-f]+|\.__afs\w+|\.snakemake_timestamp")
_REPLACED = "replaced"  # in the name of what is hidden while it is replaced
_AT_FDCWD, _RENAME_EXCHANGE = -100, 2  # of Linux's fcntl.h and fs.h

_FINISH: ContextVar[Callable[[Path, Path], None]] = ContextVar("finish", default=lambda path, draft: None)


@contextmanager
def before_replacing(finish: Callable[[Path, Path], None]) -> Iterator[None]:
    """Call a function with each path that is written in the block and its finished draft, before that gets its name."""
    token = _FINISH.set(finish)
    try:
        yield
    finally:
        _FINISH.reset(token)


@contextmanager
def atomic_write(path: Path) -> Iterator[Path]:
    """Yield a draft path for a file or directory, which is renamed to `path` on success.

    After an error the draft is gone, and whatever was at `path` before is still there. It is replaced in one step,
    except a directory on a disk that cannot exchange two names: there the earlier one is hidden first, and a process
    killed at that moment leaves neither.

    Raises:
        UserError: `path` is a directory with files that the draft does not replace.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    _remove_stale_drafts(path)
    # The suffix stays last: writers choose their format by it.
    draft = path.with_name(f".{Process.current()}.{path.name}")
    remove(draft)
    try:
        yield draft
        _FINISH.get()(path, draft)
        _replace(path, draft)
    except OSError as error:
        raise _with_filename(error, path) from None
    finally:
        remove(draft)


def check_new(path: Path) -> None:
    """Raise UserError if there is something at a path that must be new."""
    if path.exists():
        raise UserError(f"{path}: already exists; choose another name or remove it")


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


def remove(path: Path) -> None:
    """Remove a file or a directory, if it exists.

    A directory may remain with what a shared file system keeps of open files.
    """
    if not path.is_dir() or path.is_symlink():
        path.unlink(missing_ok=True)
        return
    shutil.rmtree(path, ignore_errors=True)
    left = [file for _, _, files in os.walk(path) for file in files]
    if path.exists() and not (left and all(map(_NOT_OURS.fullmatch, left))):
        shutil.rmtree(path)  # raises the error


def _replace(path: Path, draft: Path) -> None:
    """Rename the draft to `path`, and what was there to the draft's name unless it is a file replaced by a file."""
    if path.is_dir():
        _check_replaceable(path, draft)
    elif not (draft.is_dir() and path.exists()):
        draft.replace(path)
        return
    if not _exchange(path, draft):
        hidden = path.with_name(f"{draft.name.removesuffix(path.name)}{_REPLACED}.{path.name}")
        path.rename(hidden)
        try:
            draft.replace(path)
        except OSError:
            hidden.rename(path)
            raise
        remove(hidden)


def _exchange(path: Path, other: Path) -> bool:
    """Exchange the names of two files or directories in one step; return False where the disk cannot do that."""
    renameat2 = getattr(ctypes.CDLL(None), "renameat2", None)
    return renameat2 is not None and not renameat2(
        _AT_FDCWD, os.fsencode(path), _AT_FDCWD, os.fsencode(other), _RENAME_EXCHANGE
    )


def _remove_stale_drafts(path: Path) -> None:
    """Remove drafts of this path that killed processes left behind, and what they were replacing."""
    for draft in path.parent.glob(f".*.{glob.escape(path.name)}"):
        process = Process.parse(draft.name[1 : -len(path.name) - 1].removesuffix(f".{_REPLACED}"))
        if process is not None and process != Process.current() and process.has_abandoned(draft):
            with suppress(OSError):  # another process is removing it, or it belongs to another user
                remove(draft)


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
    lost = sorted(
        file.name for file in path.iterdir() if file.name not in replaced and not _NOT_OURS.fullmatch(file.name)
    )
    if lost:
        raise UserError(f"{path}: is a directory with other files in it ({lost[0]}); choose another output path")
