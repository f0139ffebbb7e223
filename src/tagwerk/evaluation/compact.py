"""Numbers rounded for the page, where more digits than a figure can show only take space."""

from math import floor, log10
from typing import Annotated

from pydantic import AfterValidator

_DIGITS = 5  # significant ones


def compact(value: float) -> float:
    """Return the value to five significant digits."""
    return float(f"{value:.{_DIGITS}g}")


def compact_score(score: float) -> float:
    """Return a score in [0, 1] to five significant digits of its distance to the nearer end.

    A score of 0.999987 keeps its digits, as taggers of high rejection cut there.
    """
    distance = min(score, 1 - score)
    return round(score, _DIGITS - 1 - floor(log10(distance))) if distance > 0 else score


Compact = Annotated[float, AfterValidator(compact)]
CompactScore = Annotated[float, AfterValidator(compact_score)]
