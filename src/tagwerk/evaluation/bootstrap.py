"""Bootstrap replicas of a comparison; all taggers share the resampling of the test jets.

Each replica draws a Poisson(1) weight per event, the bootstrap of large samples (Hanley and MacGibbon, Comput. Methods
Programs Biomed. 83 (2006) 57; ATL-PHYS-PUB-2021-011), and the taggers share it. So differences between taggers keep
the correlation from their common jets.
"""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from itertools import zip_longest
from typing import Self

import numba
import numpy as np

from tagwerk.arrays import Floats64
from tagwerk.evaluation.compared_jets import ComparedJets
from tagwerk.evaluation.metrics import RANKED_BY, metrics
from tagwerk.evaluation.ranked_sums import Counts
from tagwerk.evaluation.ranking import Ranking, Resampling

_CHUNK = 64  # replicas computed together; the counts of one jet fill a cache line


@dataclass(frozen=True)
class Replicas:
    """Values of M runs in R replicas at P signal efficiencies.

    Attributes:
        metrics: of each metric by name, (M, R).
        background_efficiency: (M, R, P).
    """

    metrics: dict[str, Floats64]
    background_efficiency: Floats64

    @property
    def auc(self) -> Floats64:
        """The AUC, (M, R)."""
        return self.metrics[RANKED_BY]

    def of_runs(self, rows: Sequence[int]) -> Self:
        """Return those of some of the runs."""
        chosen = {name: values[rows] for name, values in self.metrics.items()}
        return type(self)(chosen, self.background_efficiency[rows])

    def mean(self) -> Self:
        """Return the means over the runs, (R,) and (R, P)."""
        means = {name: values.mean(axis=0) for name, values in self.metrics.items()}
        return type(self)(means, self.background_efficiency.mean(axis=0))


def replicas(
    sample: ComparedJets, scores: Floats64, signal_efficiency: Floats64, count: int, random: np.random.Generator
) -> Replicas:
    """Return all metrics and the background efficiencies of each run (M, B) in `count` replicas.

    They are defined as for the sample itself, and only the weights differ; background efficiencies are those at the
    signal efficiencies of the sample's cuts (`Resampling.background_efficiency`).
    """
    rankings = [Ranking.of(sample, score) for score in scores]
    cuts = [ranking.cuts(signal_efficiency) for ranking in rankings]
    values = {name: np.empty((len(scores), count)) for name in metrics()}
    background = np.empty((len(scores), count, len(signal_efficiency)))

    def measure(run: int, chunk: slice, counts: Counts) -> None:
        resampling = Resampling(rankings[run], counts)
        background[run, chunk] = resampling.background_efficiency(cuts[run])
        for name, metric in metrics().items():
            values[name][run, chunk] = metric.replicas(resampling)

    with ThreadPoolExecutor(numba.get_num_threads()) as pool:
        for chunk, counts in _drawn_in_advance(sample, count, random, pool):
            list(pool.map(partial(measure, chunk=chunk, counts=counts), range(len(scores))))
    return Replicas(values, background)


def _drawn_in_advance(
    sample: ComparedJets, count: int, random: np.random.Generator, pool: ThreadPoolExecutor
) -> Iterator[tuple[slice, Counts]]:
    """Yield chunks of replicas with their counts, each drawn while the one before is evaluated."""
    chunks = [slice(start, min(start + _CHUNK, count)) for start in range(0, count, _CHUNK)]
    drawn = pool.submit(_event_counts, sample, chunks[0], random)
    for chunk, following in zip_longest(chunks, chunks[1:]):
        counts = drawn.result()
        if following is not None:
            drawn = pool.submit(_event_counts, sample, following, random)
        yield chunk, counts


def _event_counts(sample: ComparedJets, chunk: slice, random: np.random.Generator) -> Counts:
    """Return how often each event is in each replica, (E, R); a replica without signal or background is drawn again."""
    classes = (sample.signal, ~sample.signal)
    weights = np.stack([np.bincount(sample.event, np.where(chosen, sample.weight, 0.0)) for chosen in classes])
    counts = np.empty((chunk.stop - chunk.start, weights.shape[1]), np.uint8)
    for replica in counts:
        drawn = random.poisson(1.0, len(replica))
        while (weights @ drawn.astype(np.float64) <= 0).any():
            drawn = random.poisson(1.0, len(replica))
        replica[:] = drawn
    return np.ascontiguousarray(counts.T)
