"""How long work shows itself: a bar on a terminal, a plain line now and then in a log."""

import sys
from collections.abc import Collection, Iterator
from typing import NoReturn, TextIO, TypeAlias, TypeVar

from tqdm import tqdm

Thing = TypeVar("Thing")

Bar: TypeAlias = "tqdm[NoReturn]"

_LOG_INTERVAL = 10.0  # seconds between two lines in a log


class _Lines:
    """A stream on which every redrawing of a bar becomes a line of its own."""

    def __init__(self, stream: TextIO) -> None:
        self.stream = stream

    def write(self, text: str) -> None:
        line = text.strip("\r\n ")
        if line:
            self.stream.write(line + "\n")

    def flush(self) -> None:
        self.stream.flush()


def progress(task: str, total: int | None, unit: str) -> Bar:
    """Return a bar to `update(n)`: count, rate and time left, on standard error.

    On a terminal it redraws itself; elsewhere it writes one plain line every ten seconds.
    Use it in a `with` statement, so that its last state is written.
    """
    if sys.stderr.isatty():
        return tqdm(total=total, desc=task, unit=f" {unit}", unit_scale=True, dynamic_ncols=True)
    return tqdm(
        total=total,
        desc=task,
        unit=f" {unit}",
        unit_scale=True,
        mininterval=_LOG_INTERVAL,
        maxinterval=_LOG_INTERVAL,
        bar_format="{desc}: {n_fmt}/{total_fmt}{unit}, {rate_fmt}, {elapsed} elapsed, {remaining} left{postfix}",
        file=_Lines(sys.stderr),
    )


def track(things: Collection[Thing], task: str, unit: str) -> Iterator[Thing]:
    """Yield things one by one and show how far it is."""
    with progress(task, len(things), unit) as bar:
        for thing in things:
            yield thing
            bar.update(1)
