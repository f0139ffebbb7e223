"""Bucket lengths that minimise padding; used by `batches.py`."""

import numpy as np

from tagwerk.arrays import Ints


def bucket_edges(lengths: Ints, buckets: int) -> Ints:
    """Return at most `buckets` ascending lengths; jets are padded to the first that they fit into.

    The choice is optimal: dynamic programming over the longest length of each bucket.

    Args:
        lengths: the number of jets with 0, 1, 2, ... constituents.
        buckets: the most lengths to return.
    """
    present = np.flatnonzero(lengths)
    longest = int(present[-1]) if len(present) else 0
    jets = np.concatenate([[0], np.cumsum(lengths[: longest + 1])])
    edges = np.arange(longest + 1)
    padded = np.maximum(edges, 1)  # a jet without constituents takes one step like those with one
    # cost[e]: the steps of all jets up to length e with the buckets used so far, the last one ending at e.
    cost = (padded * jets[1:]).astype(float)
    choices = []
    for _ in range(min(buckets, max(longest, 1)) - 1):
        step = cost[None, :] + padded[:, None] * (jets[1:][:, None] - jets[1:][None, :])
        step[np.triu_indices(longest + 1)] = np.inf
        step[edges, edges] = cost
        choices.append(step.argmin(axis=1))
        cost = step.min(axis=1)
    chosen = [longest]
    for choice in reversed(choices):
        chosen.append(int(choice[chosen[-1]]))
    return np.unique(np.maximum(chosen, 1))


def bucket_index(lengths: Ints, edges: Ints) -> Ints:
    """Return the index of the first edge that each length fits into; the last edge for longer ones."""
    return np.minimum(np.searchsorted(edges, lengths), len(edges) - 1)
