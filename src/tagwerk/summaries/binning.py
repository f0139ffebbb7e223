"""Edges of bins, from a sample of the values that are to fill them."""

import numpy as np

from tagwerk.arrays import Floats
from tagwerk.summaries.moments import Binned

_BINS = 50


def regular(values: Floats) -> Floats:
    """Return the edges of at most 50 bins for all but the outermost values; whole numbers get whole widths."""
    values = _finite(values)
    low, high = _range(values)
    if _whole(values):
        return np.arange(low - 0.5, high + 1, np.ceil((high - low + 1) / _BINS))
    return np.linspace(low, high, _BINS + 1)


def equal_shares(values: Floats, bins: int) -> Floats:
    """Return the edges between at most so many bins with equal shares of the values; never on whole numbers.

    Shares are of jets, not of their weights: each bin is then known about as well, also where samples of very different
    cross sections are joined.
    """
    values = _finite(values)
    edges = np.quantile(values.astype(np.float64), np.arange(1, bins) / bins)
    return np.unique(np.floor(edges) + 0.5 if _whole(values) else edges)


def finer(edges: Floats, values: Floats) -> Floats:
    """Return rising edges, the given ones among them, each bin cut in two or more of about 1/50 of the values' range.

    They end where all but the outermost values do, or with the given ones. Whole numbers are cut between any two.
    """
    values = _finite(values)
    if _whole(values):
        return np.union1d(edges, regular(values))
    ends = np.unique([*_range(values), *edges])
    widths = np.diff(ends)
    pieces = np.maximum(2, np.ceil(_BINS * widths / widths.sum())).astype(int)
    steps = zip(ends[:-1], ends[1:], pieces + 1, strict=True)
    return np.unique(np.concatenate([ends, *(np.linspace(*step) for step in steps)]))


def _range(values: Floats) -> tuple[float, float]:
    """Return the range of all but the outermost values, among few of which may be wrong ones far outside."""
    low, high = np.clip(np.quantile(values.astype(np.float64), [0.001, 0.999]), *Binned.of(values).range())
    return float(low), float(high)


def _finite(values: Floats) -> Floats:
    finite = values[np.isfinite(values)]
    return finite if len(finite) else np.zeros(1)


def _whole(values: Floats) -> bool:
    return bool((values == np.round(values)).all())
