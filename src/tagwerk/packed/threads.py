"""The parts of a batch side by side on the processor's cores."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import Any, TypeVar

Out = TypeVar("Out")


def side_by_side(part: Callable[..., Out], threads: int, *inputs: Sequence[Any]) -> list[Out]:
    """Return what the function gives for each part, in order; the inputs hold its arguments, a part each."""
    if len(inputs[0]) < 2:
        return [part(*arguments) for arguments in zip(*inputs, strict=True)]
    return list(_pool(threads).map(part, *inputs))


@cache
def _pool(threads: int) -> ThreadPoolExecutor:
    return ThreadPoolExecutor(threads, thread_name_prefix="recurrent")
