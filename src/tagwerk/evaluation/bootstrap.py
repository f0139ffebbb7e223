"""Bootstrap replicas of a comparison; all taggers share the resampling of the test jets.

Each replica draws a Poisson(1) weight per event, the bootstrap of large samples (Hanley and MacGibbon, Comput. Methods
Programs Biomed. 83 (2006) 57; ATL-PHYS-PUB-2021-011), and the taggers share it. So differences between taggers keep
the correlation from their common jets.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np

from tagwerk.arrays import Floats64
from tagwerk.evaluation.compared_jets import ComparedJets
from tagwerk.evaluation.metrics import RANKED_BY, metrics
from tagwerk.evaluation.ranking import Ranking, Resampling

_CHUNK = 5  # replicas computed together: few enough to stay in the cache


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

    They are defined as for the sample itself; only the weights differ.
    """
    rankings = [Ranking.of(sample, score) for score in scores]
    values = {name: np.empty((len(scores), count)) for name in metrics()}
    background = np.empty((len(scores), count, len(signal_efficiency)))
    events = int(sample.event.max()) + 1
    for start in range(0, count, _CHUNK):
        chunk = slice(start, min(start + _CHUNK, count))
        weight = _resampled_weights(sample, chunk.stop - chunk.start, events, random)
        for run, ranking in enumerate(rankings):
            resampling = Resampling(ranking, weight)
            background[run, chunk] = resampling.background_efficiency(signal_efficiency)
            for name, metric in metrics().items():
                values[name][run, chunk] = metric.replicas(resampling)
    return Replicas(values, background)


def _resampled_weights(sample: ComparedJets, count: int, events: int, random: np.random.Generator) -> Floats64:
    """Return jet weights in `count` replicas, (count, B); a replica without signal or background is drawn again."""
    weight = random.poisson(1.0, (count, events))[:, sample.event] * sample.weight
    while (empty := np.minimum(weight @ sample.signal, weight @ ~sample.signal) <= 0).any():
        weight[empty] = random.poisson(1.0, (int(empty.sum()), events))[:, sample.event] * sample.weight
    return np.asarray(weight)
