"""Batches of jets: for training drawn at random from a seed, for scoring of like length."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from tagwerk.arrays import Ints
from tagwerk.training.buckets import bucket_edges, bucket_of
from tagwerk.training.loading import Inputs, Jets, joined
from tagwerk.training.split_jets import SplitJets


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


def epoch(split: SplitJets, size: int, random: np.random.Generator) -> Iterator[Batch]:
    """Yield batches of this size of all jets of a split, drawn at random; the last one may be smaller.

    Each is padded to its own longest jet. Batches of jets of like length would be padded less, but length goes with
    the class: the gradient of each of them would have a bias of its own. What is left over of the jets in memory waits
    for the next ones.
    """
    seen, rest = 0, None
    for pool in split.pools(random):
        seen += len(pool)
        jets = pool if rest is None else joined([rest, pool])
        order, lengths = random.permutation(len(jets)), np.maximum(jets.lengths(), 1)
        full = len(jets) if seen == len(split) else len(jets) - len(jets) % size
        for start in range(0, full, size):
            rows = order[start : min(start + size, full)]
            yield Batch(jets, rows, int(lengths[rows].max()))
        rest = jets.take(order[full:]) if full < len(jets) else None


def ordered(jets: Jets, buckets: int, size: int) -> Iterator[Batch]:
    """Yield batches for scoring: the jets from the shortest to the longest."""
    lengths = jets.lengths()
    edges = bucket_edges(np.bincount(lengths), buckets)
    rows = np.argsort(lengths, kind="stable")
    bucket = bucket_of(lengths, edges)[rows]
    for index, edge in enumerate(edges):
        here = rows[bucket == index]
        yield from (Batch(jets, here[start : start + size], int(edge)) for start in range(0, len(here), size))
