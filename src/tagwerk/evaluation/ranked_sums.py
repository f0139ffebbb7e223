"""Weighted sums over jets by descending score in many replicas, compiled.

The counts of one jet in all replicas are next to one another, so the inner loops run over replicas, several at a time.
No sum over jets is reordered: each replica's is that of a plain loop.
"""

import numpy as np
import numpy.typing as npt

from tagwerk.arrays import Bools, Floats64, Ints32
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
def sums_of_two(counts: Counts, weight: Floats64, chosen: Bools) -> Floats64:
    """Return the sums of weights of the jets that are chosen and of those that are not, (2, R).

    Args:
        counts: how often each jet is in each replica, (B, R).
        weight: of each jet, (B,).
        chosen: true for the first sum, (B,).
    """
    replicas = counts.shape[1]
    first, second = np.zeros(replicas), np.zeros(replicas)
    _add(counts, weight, chosen, 0, len(weight), first, second)
    return np.stack((first, second))


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


@compiled
def passing_background(
    counts: Counts, weight: Floats64, signal: Bools, last: Ints32, total: Floats64, signal_efficiency: Floats64
) -> Floats64:
    """Return the background weight that passes the tightest cuts that keep fractions of the signal, (R, P).

    The signal that passes is not monotonic with negative weights: the first cut that reaches a fraction counts.

    Args:
        counts: how often each jet is in each replica, in descending order of score, (B, R).
        weight: of each jet, (B,).
        signal: true for signal, (B,).
        last: index of the last jet at each distinct score, (G,).
        total: sum of the signal's weights in this order, (R,).
        signal_efficiency: the fractions in ascending order, at most one, (P,).
    """
    replicas, points = counts.shape[1], len(signal_efficiency)
    passing, point = np.zeros((replicas, points)), np.zeros(replicas, np.int64)
    above, below = np.zeros(replicas), np.zeros(replicas)
    goal = np.append(signal_efficiency, np.inf)
    # A little less than the signal at the next point: a quick test, before the quotient decides.
    near = goal[0] * total * (1 - 1e-12)
    start = 0
    for group in range(len(last)):
        _add(counts, weight, signal, start, last[group] + 1, above, below)
        start = last[group] + 1
        reached = 0
        for replica in range(replicas):
            reached += above[replica] >= near[replica]
        if reached > 0:
            for replica in range(replicas):
                while above[replica] / total[replica] >= goal[point[replica]]:
                    passing[replica, point[replica]] = below[replica]
                    point[replica] += 1
                near[replica] = goal[point[replica]] * total[replica] * (1 - 1e-12)
    return passing
