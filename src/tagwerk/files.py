"""Files appear whole or not at all: written beside their place under another name, then renamed."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def whole(path: Path) -> Iterator[Path]:
    """Give a path to write a file or make a directory at; it takes its final name when all went well.

    After an error nothing is left, and what stood at the final name before still stands there.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    # The suffixes stay last: writers choose their format by them.
    draft = path.with_name(f".{os.getpid()}.{path.name}")
    try:
        yield draft
        if path.is_dir():
            shutil.rmtree(path)
        draft.replace(path)
    finally:
        if draft.is_dir():
            shutil.rmtree(draft)
        draft.unlink(missing_ok=True)
