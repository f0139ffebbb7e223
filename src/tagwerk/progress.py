"""Progress of long work: a bar on a terminal, a plain line every few seconds in a log."""

import sys
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import NoReturn, TextIO, TypeAlias, TypeVar

from tqdm import tqdm

from tagwerk.errors import escaped
from tagwerk.internals import use_monotonic_clock

Item = TypeVar("Item")

Bar: TypeAlias = "tqdm[NoReturn]"

_LOG_INTERVAL = 10.0  # seconds between two lines in a log
_LINE = "{desc}: {n_fmt}/{total_fmt}{unit}, {rate_fmt}, {elapsed} elapsed, {remaining} left{postfix}"
_LINE_WITHOUT_END = "{desc}: {n_fmt}{unit}, {rate_fmt}, {elapsed} elapsed{postfix}"
_HIDDEN: ContextVar[bool] = ContextVar("hidden", default=False)


@contextmanager
def without_progress() -> Iterator[None]:
    """Show no progress of what is done in the block, such as a step of work that shows its own."""
    token = _HIDDEN.set(True)
    try:
        yield
    finally:
        _HIDDEN.reset(token)


class _LineStream:
    """A stream that writes each update of a bar as a separate line."""

    def __init__(self, stream: TextIO) -> None:
        self.stream = stream

    def write(self, text: str) -> None:
        line = text.strip("\r\n ")
        if line:
            self.stream.write(line + "\n")

    def flush(self) -> None:
        self.stream.flush()


def progress(task: str, total: int | None, unit: str) -> Bar:
    """Return a progress bar on standard error: count, rate and, with a total, time left; `update(n)` advances it.

    On a terminal the bar redraws itself; elsewhere it writes one plain line every ten seconds.
    Use it in a `with` statement, so that the final state is written.
    """
    if _HIDDEN.get():
        return tqdm(total=total, disable=True)
    bar = _bar(escaped(task), total, unit)
    use_monotonic_clock(bar)
    return bar


def _bar(task: str, total: int | None, unit: str) -> Bar:
    if sys.stderr.isatty():
        return tqdm(total=total, desc=task, unit=f" {unit}", unit_scale=True, dynamic_ncols=True)
    return tqdm(
        total=total,
        desc=task,
        unit=f" {unit}",
        unit_scale=True,
        mininterval=_LOG_INTERVAL,
        maxinterval=_LOG_INTERVAL,
        bar_format=_LINE_WITHOUT_END if total is None else _LINE,
        position=0,  # of several bars, too: there is no cursor to move
        file=_LineStream(sys.stderr),
    )


def track(items: Collection[Item], task: str, unit: str) -> Iterator[Item]:
    """Yield the items and show progress."""
    with progress(task, len(items), unit) as bar:
        for item in items:
            yield item
            bar.update(1)
