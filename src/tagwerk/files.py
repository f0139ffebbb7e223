"""Files appear whole or not at all: written beside their place under another name, then renamed."""

import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tagwerk.errors import UserError


@contextmanager
def whole(path: Path) -> Iterator[Path]:
    """Give a path to write a file or make a directory at; it takes its final name when all went well.

    After an error nothing is left, and what stood at the final name before still stands there.

    Raises:
        UserError: a directory stands at the final name that holds what was not written here.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    # The suffixes stay last: writers choose their format by them.
    draft = path.with_name(f".{os.getpid()}.{path.name}")
    _remove(draft)  # a killed process of the same number may have left one
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
