"""Constituents of many jets, concatenated: where each jet's lie, and their order within their jet."""

import awkward as ak
import numpy as np

from tagwerk.arrays import Ints, Values
from tagwerk.compilation import cached_njit

_MAX_LENGTH = 512  # of lists that insertion sorts fast


def descending(key: Values, counts: Ints, jets: Ints, lengths: Ints) -> Ints:
    """Return the indices of the first constituents of some jets in descending order of a key; of equal keys the first.

    Args:
        key: of all constituents, (M,).
        counts: number of constituents per jet, (N,).
        jets: whose constituents are wanted, (K,).
        lengths: how many of each, (K,).

    Returns:
        indices among the M constituents, concatenated, (sum of lengths,).
    """
    first = starts(counts)[jets]
    if counts.max(initial=0) > _MAX_LENGTH or not np.array_equal(key, key):
        order = ak.to_numpy(ak.flatten(ak.argsort(ak.unflatten(key, counts), axis=1, ascending=False, stable=True)))
        return np.asarray(order[ranges(first, lengths)] + np.repeat(first, lengths))
    longest, indices = counts.max(initial=0), np.empty(lengths.sum(), np.int64)
    _fill(key, first, counts[jets], lengths, np.empty(longest, key.dtype), np.empty(longest, np.int64), indices)
    return indices


def starts(counts: Ints) -> Ints:
    """Return where each jet's constituents start, (N,)."""
    return np.cumsum(counts) - counts


def ranges(first: Ints, counts: Ints) -> Ints:
    """Return the concatenated ranges first[0] ... first[0] + counts[0] - 1, first[1] ... and so on."""
    offsets: Ints = np.repeat(first - starts(counts), counts)
    return offsets + np.arange(len(offsets))


@cached_njit()
def _fill(key: Values, starts: Ints, counts: Ints, lengths: Ints, keys: Values, order: Ints, indices: Ints) -> None:
    """Write the indices jet by jet; `keys` and `order` are scratch space for the longest list."""
    written = 0
    for jet in range(len(starts)):
        for new in range(counts[jet]):
            index, place = starts[jet] + new, new
            value = key[index]
            while place > 0 and keys[place - 1] < value:
                keys[place], order[place] = keys[place - 1], order[place - 1]
                place -= 1
            keys[place], order[place] = value, index
        for place in range(lengths[jet]):
            indices[written] = order[place]
            written += 1
