"""Batches of jets of like length, in an order that is new each epoch and follows from the seed."""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from tagwerk.training.buckets import bucket_of
from tagwerk.training.jets import Inputs, Jets

Ints = npt.NDArray[np.int64]
Batch = tuple[Inputs, Ints, npt.NDArray[np.float32]]


def shuffled(lengths: Ints, edges: Ints, size: int, random: np.random.Generator) -> list[tuple[Ints, int]]:
    """Return an epoch's batches as the jets' rows and the length to pad to; each jet is in one of them.

    Jets are shuffled within the bucket of their length. What fills no batch joins the next longer bucket, so
    all batches but one are full, and then the batches are shuffled.
    """
    buckets = bucket_of(lengths, edges)
    batches: list[tuple[Ints, int]] = []
    rest = np.empty(0, np.int64)
    for bucket, edge in enumerate(edges):
        rows = random.permutation(np.concatenate([rest, np.flatnonzero(buckets == bucket)]))
        full = len(rows) - len(rows) % size
        batches += [(rows[start : start + size], int(edge)) for start in range(0, full, size)]
        rest = rows[full:]
    if len(rest):
        batches.append((rest, int(edges[-1])))
    return [batches[index] for index in random.permutation(len(batches))]


def ordered(lengths: Ints, edges: Ints, size: int) -> list[tuple[Ints, int]]:
    """Return batches for scoring: the jets from the shortest to the longest."""
    rows = np.argsort(lengths, kind="stable")
    buckets = bucket_of(lengths, edges)[rows]
    batches = []
    for bucket, edge in enumerate(edges):
        here = rows[buckets == bucket]
        batches += [(here[start : start + size], int(edge)) for start in range(0, len(here), size)]
    return batches


def epoch(jets: Jets, batches: list[tuple[Ints, int]]) -> Iterator[Batch]:
    """Yield the inputs, labels and weights of each batch."""
    label, weight = jets.label, jets.weight
    for rows, length in batches:
        yield jets.inputs(rows, length), label[rows], weight[rows]
