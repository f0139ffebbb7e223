"""Batches of jets, or other examples: shuffled for training, of similar length for scoring."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from tagwerk.arrays import Ints
from tagwerk.training.examples import Examples, ExampleSource, Inputs


@dataclass(frozen=True)
class Batch:
    """A batch of the examples in memory.

    Attributes:
        examples: all that are in memory.
        rows: those of the batch, (B,).
        length: to pad each sequence to.
    """

    examples: Examples
    rows: Ints
    length: int

    def __len__(self) -> int:
        return len(self.rows)

    def inputs(self) -> Inputs:
        """Return the model's inputs."""
        return self.examples.inputs(self.rows, self.length)

    def targets(self) -> Inputs:
        """Return the model's targets and the weights."""
        return self.examples.targets(self.rows, self.length)


def training_batches(source: ExampleSource, size: int, random: np.random.Generator) -> Iterator[Batch]:
    """Yield shuffled batches of this size from all examples of a source; the last one may be smaller.

    Each is padded to its own longest sequence. Batches of similar lengths would need less padding, but length
    correlates with class: the gradient of each batch would be biased. Examples that do not fill a batch are completed
    from the next window.
    """
    seen, rest = 0, None
    for pool in source.pools(random):
        seen += len(pool)
        is_last, order = seen == len(source), random.permutation(len(pool))
        if rest is not None:
            first, order = np.split(order, [size - len(rest)])
            rest = rest.with_more(pool.take(first))
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


def _batch(examples: Examples, rows: Ints, lengths: Ints) -> Batch:
    """Return the batch of these rows, of all examples in memory with these lengths."""
    return Batch(examples, rows, max(int(lengths[rows].max()), 1))


def scoring_batches(examples: Examples, size: int) -> Iterator[Batch]:
    """Yield batches for scoring, from the shortest to the longest examples, each padded to its own longest."""
    lengths = examples.lengths()
    rows = np.argsort(lengths, kind="stable")
    yield from (_batch(examples, rows[start : start + size], lengths) for start in range(0, len(rows), size))
