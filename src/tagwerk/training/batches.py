"""Batches of jets: shuffled for training, of similar length for scoring."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from tagwerk.arrays import Ints
from tagwerk.training.loading import Inputs, Jets, concatenate
from tagwerk.training.split_jets import SplitJets


@dataclass(frozen=True)
class Batch:
    """A batch of the jets in memory.

    Attributes:
        jets: all jets in memory.
        rows: those of the batch, (B,).
        length: to pad each sequence to.
    """

    jets: Jets
    rows: Ints
    length: int

    def __len__(self) -> int:
        return len(self.rows)

    def inputs(self) -> Inputs:
        """Return the model's inputs."""
        return self.jets.inputs(self.rows, self.length)

    def targets(self) -> Inputs:
        """Return the model's targets and the weights."""
        return self.jets.targets(self.rows, self.length)


def training_batches(split: SplitJets, size: int, random: np.random.Generator) -> Iterator[Batch]:
    """Yield shuffled batches of this size from all jets of a split; the last one may be smaller.

    Each is padded to its own longest jet. Batches of similar lengths would need less padding, but length correlates
    with class: the gradient of each batch would be biased. Jets that do not fill a batch are completed from the next
    window.
    """
    seen, rest = 0, None
    for pool in split.pools(random):
        seen += len(pool)
        is_last, order = seen == len(split), random.permutation(len(pool))
        if rest is not None:
            first, order = np.split(order, [size - len(rest)])
            rest = concatenate([rest, pool.take(first)])
            if is_last or len(rest) == size:
                yield _batch(rest, np.arange(len(rest)), rest.lengths())
                rest = None
        lengths = pool.lengths()
        full = len(order) if is_last else len(order) - len(order) % size
        for start in range(0, full, size):
            yield _batch(pool, order[start : min(start + size, full)], lengths)
        if full < len(order):
            rest = pool.take(order[full:]).to_packed()
        del pool  # before the next window is read


def _batch(jets: Jets, rows: Ints, lengths: Ints) -> Batch:
    """Return the batch of these jets, of all jets in memory with these lengths."""
    return Batch(jets, rows, max(int(lengths[rows].max()), 1))


def scoring_batches(jets: Jets, size: int) -> Iterator[Batch]:
    """Yield batches for scoring, from the shortest to the longest jets, each padded to its own longest jet."""
    lengths = jets.lengths()
    rows = np.argsort(lengths, kind="stable")
    yield from (_batch(jets, rows[start : start + size], lengths) for start in range(0, len(rows), size))
