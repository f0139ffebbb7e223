"""Fewer bins, so that each shows more than a fluctuation."""

import numpy as np

from tagwerk.arrays import Floats
from tagwerk.summaries.reweighted import Closure

_NARROWEST = 1 / 60  # of the axis
_RELATIVE = 1 / 4  # the largest error of the reference in a bin, that of 16 jets of one weight


def joined(fine: Closure, reference: str) -> Closure:
    """Return the same with neighbouring bins in one, where they are narrow or the reference is known badly there."""
    edges = np.array(fine.edges)
    starts = _starts(np.diff(edges), np.array(fine.after[reference])[1:-1], np.array(fine.errors[reference])[1:-1])

    def added(values: list[float]) -> list[float]:
        return [values[0], *np.add.reduceat(values[1:-1], starts).tolist(), values[-1]]

    return Closure(
        edges=[*edges[starts].tolist(), fine.edges[-1]],
        before={name: added(values) for name, values in fine.before.items()},
        after={name: added(values) for name, values in fine.after.items()},
        errors={name: np.sqrt(added(np.square(values).tolist())).tolist() for name, values in fine.errors.items()},
    )


def _starts(widths: Floats, sums: Floats, errors: Floats) -> list[int]:
    """Return the first bin of each group; what is left at the end joins the last."""
    starts, narrowest = [0], widths.sum() * _NARROWEST
    for stop in range(1, len(widths) + 1):
        group = slice(starts[-1], stop)
        known = sums[group].sum() > 0 and np.linalg.norm(errors[group]) <= _RELATIVE * sums[group].sum()
        if known and widths[group].sum() >= narrowest:
            starts.append(stop)
    return starts[:-1] or [0]
