"""Bins of a variable that hold equal numbers of jets."""

import numpy as np

from tagwerk.arrays import Floats64, Ints


def quantile_edges(values: Floats64, weight: Floats64, count: int) -> Floats64:
    """Return the edges of at most `count` bins with equal sums of weights, from the smallest to the largest value.

    Where many jets have the same value, as with integers, edges coincide and bins are merged. NaN is ignored.

    Args:
        values: of the variable, (B,).
        weight: of the jets, (B,).
        count: of bins.
    """
    known = ~np.isnan(values)
    values, weight = values[known], weight[known]
    if not len(values):
        return np.empty(0)
    fractions = np.linspace(0, 1, count + 1)
    if (weight == weight[0]).all():
        return np.unique(np.quantile(values, fractions))
    # ASSUME: jets of negative weight count as jets here; edges are a choice that no result depends on.
    return np.unique(np.quantile(values, fractions, weights=np.abs(weight), method="inverted_cdf"))


def bin_index(values: Floats64, inner: Floats64) -> Ints:
    """Return the bin of each value (B,), -1 for NaN, given the inner edges; the outer bins are open.

    A value on an edge is in the upper bin.
    """
    index = np.searchsorted(inner, values, side="right")
    return np.where(np.isnan(values), -1, index).astype(np.int64)
