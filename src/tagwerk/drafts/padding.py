"""Slots of a sequence that hold no constituent: padding by 0, -999 or NaN, and constituents that were removed."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from tagwerk.cards.expressions import evaluate

Values = npt.NDArray[Any]
Flags = npt.NDArray[np.bool_]

# No detector sees what flies so close to the beam; sentinels such as -999 and Delphes' 999.9 lie beyond.
_LARGEST_ETA = 15
# What may be written as a sequence's selection, the shortest first.
_SELECTIONS = (
    "pt > 0", "energy > 0", "pt > 0 and energy > 0", f"pt > 0 and abs(eta) < {_LARGEST_ETA}",
    f"pt > 0 and energy > 0 and abs(eta) < {_LARGEST_ETA}",
)  # fmt: skip
_OFTEN = 0.01  # share of values from which on a value like a sentinel is one
_SENTINELS = tuple(sign * value for value in (99, 999, 9999, 99999, 999999, 1e9, 1e10) for sign in (-1, 1))


@dataclass(frozen=True)
class Padding:
    """Slots that hold no constituent.

    Attributes:
        selection: true for the others, in terms of a sequence's variables.
        slots: how many there are, of `of`.
        of: all slots.
        said: which values they hold.
    """

    selection: str
    slots: int
    of: int
    said: str


def real(momentum: Mapping[str, Values]) -> Flags:
    """Return which slots hold a constituent, from their pt, eta and energy: positive, and not along the beam."""
    with np.errstate(invalid="ignore"):
        sound = (momentum["pt"] > 0) & (momentum["energy"] > 0) & (np.abs(momentum["eta"]) < _LARGEST_ETA)
    return np.asarray(sound)


def padding(momentum: Mapping[str, Values]) -> Padding | None:
    """Return what is to be said of a sequence's slots that hold no constituent; nothing if all do."""
    flags = real(momentum)
    if flags.all():
        return None
    with np.errstate(invalid="ignore"):
        fitting = [each for each in _SELECTIONS if (np.asarray(evaluate(each, momentum)) == flags).all()]
    selection = fitting[0] if fitting else _SELECTIONS[-1]
    return Padding(selection, int((~flags).sum()), len(flags), _said(momentum, ~flags))


def sentinel(values: Values) -> tuple[float, float] | None:
    """Return a value such as -999 that stands where nothing was measured, and its share; nothing if there is none.

    It is one of a few numbers, or the only one below zero of a variable that is not one of whole numbers.
    """
    below = np.unique(values[values < 0])
    if len(below) == 1 and (values != np.round(values)).any() and np.mean(values < 0) >= _OFTEN:
        return float(below[0]), float(np.mean(values < 0))
    shares = {value: float(np.mean(values == value)) for value in _SENTINELS} if len(values) else {}
    value = max(shares, key=lambda each: shares[each], default=0.0)
    return (value, shares[value]) if shares.get(value, 0) >= _OFTEN else None


def _said(momentum: Mapping[str, Values], empty: Flags) -> str:
    """Return what the component that tells it holds there, such as `pt = 0 (233)`."""
    for name in ("pt", "energy", "eta"):
        values = momentum[name][empty]
        wrong = values[~(values > 0)] if name != "eta" else values
        if len(wrong):
            break
    found, counts = np.unique(np.nan_to_num(wrong.astype(np.float64), nan=np.inf), return_counts=True)
    often = np.argsort(-counts, kind="stable")[:3]
    listed = [f"{'NaN' if np.isinf(found[at]) else f'{found[at]:g}'} ({counts[at]:,})" for at in often]
    return f"{name} = {', '.join(listed)}{' and others' * (len(found) > len(often))}"
