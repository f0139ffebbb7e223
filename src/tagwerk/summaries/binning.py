"""Bin edges from a sample of the values to histogram."""

import numpy as np

from tagwerk.arrays import Floats
from tagwerk.summaries.moments import BinnedValues

_BINS = 50


def regular_edges(values: Floats) -> Floats:
    """Return the edges of at most 50 equal bins for all but the outermost values; integers get integer widths."""
    values = _finite(values)
    low, high = _range(values)
    if _is_integer(values):
        return np.arange(low - 0.5, high + 1, np.ceil((high - low + 1) / _BINS))
    return np.linspace(low, high, _BINS + 1)


def quantile_edges(values: Floats, bins: int) -> Floats:
    """Return the edges between at most `bins` bins with equal shares of the values; never on integers.

    Shares are of jets, not of their weights: all bins then have similar statistical errors, even if samples of very
    different cross sections are combined.
    """
    values = _finite(values)
    edges = np.quantile(values.astype(np.float64), np.arange(1, bins) / bins)
    return np.unique(np.floor(edges) + 0.5 if _is_integer(values) else edges)


def finer_edges(edges: Floats, values: Floats) -> Floats:
    """Return ascending edges that split each bin into two or more of about 1/50 of the range of the values.

    The range is that of all but the outermost values, and of the given edges. Integers get edges between any two.
    """
    values = _finite(values)
    if _is_integer(values):
        return np.union1d(edges, regular_edges(values))
    ends = np.unique([*_range(values), *edges])
    widths = np.diff(ends)
    pieces = np.maximum(2, np.ceil(_BINS * widths / widths.sum())).astype(int)
    steps = zip(ends[:-1], ends[1:], pieces + 1, strict=True)
    return np.unique(np.concatenate([ends, *(np.linspace(*step) for step in steps)]))


def _range(values: Floats) -> tuple[float, float]:
    """Return the range of all but the outermost values; in a small sample, outliers are excluded too."""
    low, high = np.clip(np.quantile(values.astype(np.float64), [0.001, 0.999]), *BinnedValues.of(values).range())
    return float(low), float(high)


def _finite(values: Floats) -> Floats:
    finite = values[np.isfinite(values)]
    return finite if len(finite) else np.zeros(1)


def _is_integer(values: Floats) -> bool:
    return bool((values == np.round(values)).all())
