"""Training on random batches against batches of jets of similar length: same jets, networks and seeds.

Run: python benchmarks/batches.py FOLDER [TAGGER ...] [--results results] [--seeds 1 2 3] [--epochs 8] [--threads 1]

The jets are those of the study `demo`, which must have been run before. FOLDER keeps the scores of each training, so
that finished trainings are not repeated; several runs may share it at the same time. Output: the AUC with each kind of
batch, mean and standard deviation over the seeds, and the gain, with the uncertainties from the test jets, paired, and
from the trainings. Batches of similar length come from one of eight buckets, chosen for the least padding; the order of
the batches is random.
"""

from collections.abc import Callable, Iterator

import numpy as np
import two_ways
from buckets import bucket_edges, bucket_index
from two_ways import Way

from tagwerk.cards.tagger import Tagger
from tagwerk.training import trainer
from tagwerk.training.batches import Batch, training_batches
from tagwerk.training.split_jets import SplitJets

TAGGERS = ("lstm", "gru", "tree_lstm_child_sum", "deep_sets", "transformer", "particle_net")
BUCKETS = 8


def bucketed_batches(split: SplitJets, size: int, random: np.random.Generator) -> Iterator[Batch]:
    """Yield batches of jets of similar length; the jets left over in a bucket move to the next longer one."""
    (jets,) = split.pools(random)
    lengths = jets.lengths()
    edges = bucket_edges(np.bincount(lengths), BUCKETS)
    buckets, rest, batches = bucket_index(lengths, edges), np.empty(0, np.int64), []
    for bucket, edge in enumerate(edges):
        rows = random.permutation(np.concatenate([rest, np.flatnonzero(buckets == bucket)]))
        full = len(rows) - len(rows) % size
        batches += [Batch(jets, rows[start : start + size], int(edge)) for start in range(0, full, size)]
        rest = rows[full:]
    batches += [Batch(jets, rest, int(edges[-1]))] if len(rest) else []
    yield from (batches[index] for index in random.permutation(len(batches)))


def with_batches(batches: Callable[..., Iterator[Batch]]) -> Way:
    """Return the way of training on these batches."""

    def prepare(tagger: Tagger) -> Tagger:
        trainer.training_batches = batches
        return tagger

    return prepare


if __name__ == "__main__":
    ways = {"similar length": with_batches(bucketed_batches), "random": with_batches(training_batches)}
    two_ways.run(__doc__, TAGGERS, ways)
