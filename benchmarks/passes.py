"""Rates of repeated passes over the same batches; shared by the contestants of `rivals.py`, each in its environment."""

import json
import statistics
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from time import perf_counter
from typing import Any, TypeVar

SIZES = (128, 256, 512)  # of batches
SHORT, LONG = 512, 1536  # jets per pass of a first look at a setting, and of a measurement
LOOK = 0.5  # seconds of a first look
HOPELESS, SLOW = 0.6, 3.0  # a first pass is enough at this share of the fastest rate, or after these seconds

Setting = TypeVar("Setting")


def rates(step: Callable[[Any], object], batches: Sequence[Any], seconds: float, floor: float = 0.0) -> list[float]:
    """Return the jets per second of passes over these batches, after a first one that does not count.

    Args:
        step: of training or scoring.
        batches: whose lengths are numbers of jets.
        seconds: to repeat the passes for, at least twice.
        floor: for a first look: the rate below which the first pass is the only one.
    """
    jets, times = sum(map(len, batches)), [_seconds(step, batches)]
    if floor and (jets / times[0] < floor or times[0] > SLOW):
        return [jets / times[0]]
    while len(times) < 3 or sum(times[1:]) < seconds:
        times.append(_seconds(step, batches))
    return [jets / time for time in times[1:]]


def _seconds(step: Callable[[Any], object], batches: Sequence[Any]) -> float:
    start = perf_counter()
    for batch in batches:
        step(batch)
    return perf_counter() - start


def by_rate(settings: Iterable[Setting], look: Callable[[Setting, float], list[float]]) -> list[Setting]:
    """Return settings with the highest median rate first.

    Args:
        settings: to look at.
        look: returns the rates of a setting; takes the rate below which one pass is enough.
    """
    found: dict[Setting, float] = {}
    for setting in settings:
        found[setting] = statistics.median(look(setting, HOPELESS * max(found.values(), default=1e-9)))
    return sorted(found, key=lambda setting: -found[setting])


def measured(setting: object, found: list[float]) -> dict[str, Any]:
    """Return what `write` takes for the rates with one setting."""
    return {"setting": str(setting), "rates": found}


def write(file: Path, **results: Any) -> None:
    """Write the results of a contestant."""
    file.write_text(json.dumps(results), encoding="utf-8")
