"""Rebinning of the closure histograms, so that each bin shows more than a fluctuation."""

import numpy as np

from tagwerk.arrays import Floats
from tagwerk.summaries.reweighted import Closure

_MIN_WIDTH = 1 / 60  # of the axis
_MAX_RELATIVE_ERROR = 1 / 4  # of the reference in a bin, that of 16 jets of equal weight


def rebinned(fine: Closure, reference: str) -> Closure:
    """Return the histograms with neighbouring bins merged where they are narrow or the reference is imprecise."""
    edges = np.array(fine.edges)
    starts = _starts(np.diff(edges), np.array(fine.after[reference])[1:-1], np.array(fine.errors[reference])[1:-1])

    def merged(values: list[float]) -> list[float]:
        return [values[0], *np.add.reduceat(values[1:-1], starts).tolist(), values[-1]]

    return Closure(
        edges=[*edges[starts].tolist(), fine.edges[-1]],
        before={name: merged(values) for name, values in fine.before.items()},
        after={name: merged(values) for name, values in fine.after.items()},
        errors={name: np.sqrt(merged(np.square(values).tolist())).tolist() for name, values in fine.errors.items()},
    )


def _starts(widths: Floats, sums: Floats, errors: Floats) -> list[int]:
    """Return the first bin of each group; a remainder at the end joins the last group."""
    starts, min_width = [0], widths.sum() * _MIN_WIDTH
    for stop in range(1, len(widths) + 1):
        group = slice(starts[-1], stop)
        total = sums[group].sum()
        precise = total > 0 and np.linalg.norm(errors[group]) <= _MAX_RELATIVE_ERROR * total
        if precise and widths[group].sum() >= min_width:
            starts.append(stop)
    return starts[:-1] or [0]
