"""Files appear whole or not at all: written beside their place under another name, then renamed."""

import os
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
    finally:
        _remove(draft)


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
