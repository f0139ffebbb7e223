"""Weighted sums over jets by descending score in many replicas, compiled.

The counts of one jet in all replicas are next to one another, so the inner loops run over replicas, several at a time.
No sum over jets is reordered: each replica's is that of a plain loop.
"""

import numpy as np
import numpy.typing as npt

from tagwerk.arrays import Bools, Floats64, Ints, Ints32
from tagwerk.compilation import cached_njit

Counts = npt.NDArray[np.uint8]
compiled = cached_njit(error_model="numpy")


@compiled
def _add(
    counts: Counts, weight: Floats64, chosen: Bools, start: int, stop: int, first: Floats64, second: Floats64
) -> None:
    """Add the weights of the jets from `start` to before `stop` to sums (R,): chosen to `first`, others to `second`."""
    for jet in range(start, stop):
        count, each = counts[jet], weight[jet]
        sums = first if chosen[jet] else second
        for replica in range(len(sums)):
            sums[replica] += each * count[replica]


@compiled
def leading_sums(counts: Counts, weight: Floats64, chosen: Bools, stops: Ints) -> Floats64:
    """Return the sums of weights of the chosen ones and of the others among the first jets of each number, (2, K, R).

    Args:
        counts: how often each jet is in each replica, (B, R).
        weight: of each jet, (B,).
        chosen: true for the jets of the first sums, (B,).
        stops: the numbers of jets in ascending order, (K,).
    """
    first, second = np.zeros(counts.shape[1]), np.zeros(counts.shape[1])
    sums = np.empty((2, len(stops), counts.shape[1]))
    start = 0
    for index, stop in enumerate(stops):
        _add(counts, weight, chosen, start, stop, first, second)
        sums[0, index], sums[1, index] = first, second
        start = stop
    return sums


@compiled
def ordered_pairs(counts: Counts, weight: Floats64, signal: Bools, last: Ints32) -> Floats64:
    """Return the sum over pairs of a signal and a background jet below it of the product of their weights, (R,).

    Jets are in descending order of score; pairs of equal score count half.

    Args:
        counts: how often each jet is in each replica, (B, R).
        weight: of each jet, (B,).
        signal: true for signal, (B,).
        last: index of the last jet at each distinct score, (G,).
    """
    replicas = counts.shape[1]
    pairs, above, tied, below = np.zeros(replicas), np.zeros(replicas), np.zeros(replicas), np.zeros(replicas)
    start = 0
    for group in range(len(last)):
        _add(counts, weight, signal, start, last[group] + 1, tied, below)
        start = last[group] + 1
        for replica in range(replicas):
            pairs[replica] += below[replica] * (above[replica] + 0.5 * tied[replica])
        for replica in range(replicas):
            above[replica] += tied[replica]
        tied[:] = 0.0
        below[:] = 0.0
    return pairs
