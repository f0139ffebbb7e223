"""Functions compiled by Numba, cached where a change to any of them is noticed."""

import hashlib
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import numba

from tagwerk.surroundings import private_folder

Kernel = TypeVar("Kernel", bound=Callable[..., Any])

_PACKAGE = Path(__file__).parent
_WITH_KERNELS = ("jets/*.py", "packed/*.py", "evaluation/ranked_sums.py", "simulate/taus/clusters.py")
_KEPT = 5  # caches of as many versions of the kernels


def cached_njit(**options: Any) -> Callable[[Kernel], Kernel]:
    """Return `numba.njit(cache=True)` with these options, as a decorator that also works without a writable cache.

    Numba compiles a function again when its own file changes, but not when a function that it calls does. So the cache
    is in a folder named after the contents of all modules with kernels. Within it, Numba tells processors apart.
    """

    def decorator(function: Kernel) -> Kernel:
        folder, before = cache_folder(), numba.config.CACHE_DIR
        numba.config.CACHE_DIR = str(folder or "")
        try:
            return numba.njit(nogil=True, cache=folder is not None, **options)(function)  # type: ignore[no-any-return]  # Numba is untyped
        finally:
            numba.config.CACHE_DIR = before

    return decorator


@cache
def cache_folder() -> Path | None:
    """Return the folder of the cache: in the first place that can be written to, None if there is none.

    The places are NUMBA_CACHE_DIR, the installation, the user's cache and the temporary folder.
    """
    for place in _places():
        folder = place / "kernels" / _digest()
        if _is_writable(folder):
            _remove_old(folder.parent)
            return folder
    return None


def _places() -> Iterator[Path]:
    if os.environ.get("NUMBA_CACHE_DIR"):
        yield Path(os.environ["NUMBA_CACHE_DIR"])
    yield _PACKAGE / "__pycache__"
    yield Path(os.environ.get("XDG_CACHE_HOME") or Path("~/.cache").expanduser()) / "tagwerk"
    temporary = private_folder()
    if temporary is not None:
        yield temporary


def _digest() -> str:
    """Return a hash of the contents of all modules with kernels, 16 hexadecimal digits."""
    digest = hashlib.sha256()
    for pattern in _WITH_KERNELS:
        for path in sorted(_PACKAGE.glob(pattern)):
            digest.update(f"{path.name}\n".encode() + path.read_bytes())
    return digest.hexdigest()[:16]


def _is_writable(folder: Path) -> bool:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return True
    except OSError:
        return False


def _remove_old(folder: Path) -> None:
    """Remove the caches of all but the last few versions of the kernels."""
    caches = sorted(folder.iterdir(), key=lambda path: path.stat().st_mtime)
    for old in caches[:-_KEPT]:
        shutil.rmtree(old, ignore_errors=True)
