"""Which of many taggers a crowded figure shows, and how."""

from collections.abc import Collection

import numpy as np
from matplotlib.axes import Axes

from tagwerk.arrays import Floats64
from tagwerk.evaluation.comparison import Comparison
from tagwerk.evaluation.tagger_results import TaggerResult

MOST_DRAWN = 5  # taggers; beyond, points with bars hide one another
MARKERS = ("o", "s", "^", "D", "v")


def drawn_taggers(comparison: Comparison, among: Collection[str] | None = None) -> list[TaggerResult]:
    """Return the taggers that a crowded figure shows: the best by AUC, of all or of these names; at most five."""
    known = [tagger for tagger in comparison.taggers if among is None or tagger.name in among]
    return sorted(known, key=lambda tagger: -tagger.auc.value)[:MOST_DRAWN]


def drawn_note(comparison: Comparison, text: str) -> str:
    """Return a line of description, which says so where only the best taggers are shown."""
    few = len(comparison.taggers) > MOST_DRAWN
    return f"{text}; the {MOST_DRAWN} best of {len(comparison.taggers)} taggers" if few else text


def middle_working_point(comparison: Comparison) -> float:
    """Return the middle one of the signal efficiencies at which rejections are quoted."""
    targets = sorted(each.signal_efficiency for each in comparison.taggers[0].rejections)
    return targets[len(targets) // 2]


def offsets(count: int, width: float) -> Floats64:
    """Return shifts of points around a common place, so that none hides another."""
    return np.linspace(-width, width, count) if count > 1 else np.zeros(1)


def numbered(values: list[float | None]) -> Floats64:
    """Return numbers with NaN for null."""
    return np.array(values, np.float64)


def mark_line(axes: Axes, height: float) -> None:
    """Draw a horizontal reference line."""
    axes.axhline(height, color="0.5", linestyle="--", linewidth=1.2, zorder=0)
