"""Functions compiled by Numba once and kept: beside their module, in the user's cache, or among temporary files."""

from collections.abc import Callable
from typing import Any, TypeVar

import numba

from tagwerk.surroundings import private_folder

Kernel = TypeVar("Kernel", bound=Callable[..., Any])


def compiler(**options: Any) -> Callable[[Kernel], Kernel]:
    """Return a decorator that compiles functions with these options of `numba.njit`.

    Where a read-only installation meets a home that cannot be written, Numba has no place for what it compiles and
    refuses the functions. They are then kept among the user's temporary files, or compiled anew by each process.
    """

    def compiled(function: Kernel) -> Kernel:
        for folder in (None, private_folder):
            if folder is not None:
                numba.config.CACHE_DIR = str(folder() or "")
            try:
                return numba.njit(nogil=True, cache=True, **options)(function)  # type: ignore[no-any-return]
            except RuntimeError:
                continue
        return numba.njit(nogil=True, **options)(function)  # type: ignore[no-any-return]

    return compiled
