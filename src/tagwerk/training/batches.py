"""Batches of jets of like length, in an order that is new each epoch and follows from the seed."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from tagwerk.training.buckets import bucket_edges, bucket_of
from tagwerk.training.jets import Inputs, Jets, joined
from tagwerk.training.split import Split

Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Batch:
    """Some of the jets in memory.

    Attributes:
        jets: those in memory.
        rows: which of them, (B,).
        length: to pad each sequence to.
    """

    jets: Jets
    rows: Ints
    length: int

    def __len__(self) -> int:
        return len(self.rows)

    def inputs(self) -> Inputs:
        """Return what a model takes of them."""
        return self.jets.inputs(self.rows, self.length)

    def targets(self) -> Inputs:
        """Return what a model is to find of them."""
        return self.jets.targets(self.rows, self.length)


def epoch(split: Split, buckets: int, size: int, random: np.random.Generator) -> Iterator[Batch]:
    """Yield batches of this size of all jets of a split; the last one may be smaller.

    What is left over of the jets in memory waits for the next ones.
    """
    edges, seen, rest = bucket_edges(split.lengths, buckets), 0, None
    for pool in split.pools(random):
        seen += len(pool)
        jets = pool if rest is None else joined([rest, pool])
        batches, left = shuffled(jets.lengths(), edges, size, random)
        if seen == len(split) and len(left):
            batches.insert(int(random.integers(len(batches) + 1)), (left, int(edges[-1])))
        yield from (Batch(jets, rows, length) for rows, length in batches)
        rest = jets.take(left) if len(left) else None


def shuffled(lengths: Ints, edges: Ints, size: int, random: np.random.Generator) -> tuple[list[tuple[Ints, int]], Ints]:
    """Return batches as the jets' rows and the length to pad to, and the rows that fill none.

    Jets are shuffled within the bucket of their length. What fills no batch joins the next longer bucket, and then the
    batches are shuffled.
    """
    buckets = bucket_of(lengths, edges)
    batches: list[tuple[Ints, int]] = []
    rest = np.empty(0, np.int64)
    for bucket, edge in enumerate(edges):
        rows = random.permutation(np.concatenate([rest, np.flatnonzero(buckets == bucket)]))
        full = len(rows) - len(rows) % size
        batches += [(rows[start : start + size], int(edge)) for start in range(0, full, size)]
        rest = rows[full:]
    return [batches[index] for index in random.permutation(len(batches))], rest


def ordered(jets: Jets, buckets: int, size: int) -> Iterator[Batch]:
    """Yield batches for scoring: the jets from the shortest to the longest."""
    lengths = jets.lengths()
    edges = bucket_edges(np.bincount(lengths), buckets)
    rows = np.argsort(lengths, kind="stable")
    bucket = bucket_of(lengths, edges)[rows]
    for index, edge in enumerate(edges):
        here = rows[bucket == index]
        yield from (Batch(jets, here[start : start + size], int(edge)) for start in range(0, len(here), size))
