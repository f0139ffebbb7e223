"""Rates of repeated passes over the same batches; shared by the contestants of `rivals.py`, each in its environment."""

import json
import statistics
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from time import perf_counter
from typing import Any, TypeVar

SIZES = (128, 256, 512)  # of batches
SHORT, LONG = 1024, 2048  # jets per pass of a first look at a setting, and of a measurement
LOOK, LEAST = 0.5, 2  # seconds of a first look; passes of any
HOPELESS = 0.6  # of the fastest setting's rate, of a first pass

Setting = TypeVar("Setting")


def rates(step: Callable[[Any], object], batches: Sequence[Any], seconds: float, floor: float = 0.0) -> list[float]:
    """Return the jets per second of passes over these batches, after a first one that does not count.

    Args:
        step: of training or scoring.
        batches: whose lengths are numbers of jets.
        seconds: to repeat the passes for.
        floor: the rate below which the first pass is the only one.
    """
    first = _pass(step, batches)
    if first < floor:
        return [first]
    found, begin = list[float](), perf_counter()
    while len(found) < LEAST or perf_counter() - begin < seconds:
        found.append(_pass(step, batches))
    return found


def _pass(step: Callable[[Any], object], batches: Sequence[Any]) -> float:
    start = perf_counter()
    for batch in batches:
        step(batch)
    return sum(map(len, batches)) / (perf_counter() - start)


def by_rate(settings: Iterable[Setting], look: Callable[[Setting, float], list[float]]) -> list[Setting]:
    """Return settings with the highest median rate first.

    Args:
        settings: to look at.
        look: returns the rates of a setting; takes the rate below which one pass is enough.
    """
    found: dict[Setting, float] = {}
    for setting in settings:
        found[setting] = statistics.median(look(setting, HOPELESS * max(found.values(), default=0.0)))
    return sorted(found, key=lambda setting: -found[setting])


def measured(setting: object, found: list[float]) -> dict[str, Any]:
    """Return what `write` takes for the rates with one setting."""
    return {"setting": str(setting), "rates": found}


def write(file: Path, **results: Any) -> None:
    """Write the results of a contestant."""
    file.write_text(json.dumps(results), encoding="utf-8")
