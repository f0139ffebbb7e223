"""p-values of differences, and their correction where many of them are looked at."""

from collections.abc import Sequence

import numpy as np
from scipy.stats import norm

from tagwerk.arrays import Floats64


def two_sided_p(significance: Sequence[float] | Floats64) -> Floats64:
    """Return the probability (N,) of a difference of at least as many Gaussian standard deviations, of either sign."""
    return np.asarray(2 * norm.sf(np.abs(np.asarray(significance, np.float64))))


def two_sided_sigma(p: Sequence[float] | Floats64) -> Floats64:
    """Return the Gaussian standard deviations (N,) of two-sided p-values: zero for one, infinite for zero."""
    return np.asarray(norm.isf(np.asarray(p, np.float64) / 2))


def holm(p: Sequence[float] | Floats64) -> Floats64:
    """Return the p-values (N,), corrected for being N (Holm, Scand. J. Stat. 6 (1979) 65).

    The k-th smallest is multiplied by N + 1 − k, and is at least as large as the smaller ones and at most one. The
    probability that a true hypothesis is among those below α is at most α, however they are correlated.
    """
    values = np.asarray(p, np.float64)
    order = np.argsort(values)
    corrected = np.empty_like(values)
    corrected[order] = np.minimum(np.maximum.accumulate(values[order] * np.arange(len(values), 0, -1)), 1)
    return corrected
