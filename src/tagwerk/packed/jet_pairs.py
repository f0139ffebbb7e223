"""Values of pairs of constituents of the same jet, compiled.

Once per pair: those of a jet are in the order (0, 0), (1, 0), (1, 1), (2, 0) and so on.
"""

import numpy as np

from tagwerk.arrays import Floats32, Ints, Ints32
from tagwerk.packed.products import compiled
from tagwerk.packed.segments import Segments


def pair_rows(segments: Segments) -> Ints32:
    """Return the rows of both constituents of every pair, (P, 2), the later constituent first."""
    rows = np.empty((int(pair_offsets(segments)[-1]), 2), np.int32)
    _write_pairs(segments.offsets, rows)
    return rows


def pair_offsets(segments: Segments) -> Ints:
    """Return the first pair of each jet, and the number of pairs, (J + 1,)."""
    return np.concatenate([[0], np.cumsum(segments.counts * (segments.counts + 1) // 2)])


@compiled
def add_bias(bias: Floats32, head: int, logits: Floats32) -> None:
    """Add the bias (P, heads) of a jet's pairs to the logits (N, N) of one head."""
    pair = 0
    for i in range(len(logits)):
        for j in range(i):
            logits[i, j] += bias[pair, head]
            logits[j, i] += bias[pair, head]
            pair += 1
        logits[i, i] += bias[pair, head]
        pair += 1


@compiled
def write_bias_gradient(grad: Floats32, head: int, grad_bias: Floats32) -> None:
    """Write the gradient of a jet's bias (P, heads) in one head, from that of the logits (N, N)."""
    pair = 0
    for i in range(len(grad)):
        for j in range(i):
            grad_bias[pair, head] = grad[i, j] + grad[j, i]
            pair += 1
        grad_bias[pair, head] = grad[i, i]
        pair += 1


@compiled
def _write_pairs(offsets: Ints, rows: Ints32) -> None:
    pair = 0
    for jet in range(len(offsets) - 1):
        for i in range(offsets[jet], offsets[jet + 1]):
            for j in range(offsets[jet], i + 1):
                rows[pair, 0], rows[pair, 1] = i, j
                pair += 1
