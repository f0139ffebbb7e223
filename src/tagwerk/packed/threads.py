"""The parts of a batch in parallel threads."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import Any, TypeVar

Out = TypeVar("Out")


def parallel_map(function: Callable[..., Out], threads: int, *inputs: Sequence[Any]) -> list[Out]:
    """Return the function's result for each part, in order; each of the inputs holds one argument per part."""
    if len(inputs[0]) < 2:
        return [function(*arguments) for arguments in zip(*inputs, strict=True)]
    return list(_pool(threads).map(function, *inputs))


@cache
def _pool(threads: int) -> ThreadPoolExecutor:
    return ThreadPoolExecutor(threads, thread_name_prefix="recurrent")
