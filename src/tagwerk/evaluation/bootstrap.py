"""Bootstrap replicas of a comparison; all taggers share the resampling of the test jets.

Each replica draws a Poisson(1) weight per event, the bootstrap of large samples (Hanley and MacGibbon, Comput. Methods
Programs Biomed. 83 (2006) 57; ATL-PHYS-PUB-2021-011), and the taggers share it. So differences between taggers keep
the correlation from their common jets.
"""

from dataclasses import dataclass

import numpy as np

from tagwerk.arrays import Bools, Floats64, Ints
from tagwerk.evaluation.compared_jets import ComparedJets

_CHUNK = 5  # replicas computed together: few enough to stay in the cache


@dataclass(frozen=True)
class Replicas:
    """Values of M runs in R replicas at P signal efficiencies: (M, R), (M, R) and (M, R, P)."""

    auc: Floats64
    accuracy: Floats64
    background_efficiency: Floats64


@dataclass(frozen=True)
class _Ranking:
    """One run's jets by descending score.

    Attributes:
        order: their indices in the sample, (B,).
        signal: which of them are signal, (B,).
        last: index of the last jet at each of the G distinct scores, (G,); no cut separates jets of equal score.
        correct: whether the accuracy counts the jet, in the order of the sample, (B,).
    """

    order: Ints
    signal: Bools
    last: Ints
    correct: Bools


def replicas(
    sample: ComparedJets, scores: Floats64, signal_efficiency: Floats64, count: int, random: np.random.Generator
) -> Replicas:
    """Return AUC, accuracy and background efficiencies of each run (M, B) in `count` replicas.

    They are defined as in `metrics`; only the sample differs.
    """
    rankings = [_rank(sample, score) for score in scores]
    auc, accuracy = np.empty((2, len(scores), count))
    background = np.empty((len(scores), count, len(signal_efficiency)))
    events = int(sample.event.max()) + 1
    for start in range(0, count, _CHUNK):
        chunk = slice(start, min(start + _CHUNK, count))
        weight = _resampled_weights(sample, chunk.stop - chunk.start, events, random)
        for run, ranking in enumerate(rankings):
            accuracy[run, chunk] = weight @ ranking.correct / weight.sum(axis=1)
            auc[run, chunk], background[run, chunk] = _auc_and_efficiencies(ranking, weight, signal_efficiency)
    return Replicas(auc, accuracy, background)


def _resampled_weights(sample: ComparedJets, count: int, events: int, random: np.random.Generator) -> Floats64:
    """Return jet weights in `count` replicas, (count, B); a replica without signal or background is drawn again."""
    weight = random.poisson(1.0, (count, events))[:, sample.event] * sample.weight
    while (empty := np.minimum(weight @ sample.signal, weight @ ~sample.signal) <= 0).any():
        weight[empty] = random.poisson(1.0, (int(empty.sum()), events))[:, sample.event] * sample.weight
    return np.asarray(weight)


def _rank(sample: ComparedJets, score: Floats64) -> _Ranking:
    order = np.argsort(-score, kind="stable")
    last = np.flatnonzero(np.append(np.diff(score[order]) != 0, True))
    return _Ranking(order, sample.signal[order], last, (score > 0.5) == sample.signal)


def _auc_and_efficiencies(
    ranking: _Ranking, weight: Floats64, signal_efficiency: Floats64
) -> tuple[Floats64, Floats64]:
    """Return the AUC (R,) and background efficiencies (R, P) with these jet weights (R, B)."""
    ordered = weight[:, ranking.order]
    signal = np.cumsum(ordered * ranking.signal, axis=1)[:, ranking.last]
    background = np.cumsum(ordered * ~ranking.signal, axis=1)[:, ranking.last]
    signal /= signal[:, -1:]
    background /= background[:, -1:]
    # With negative weights the signal efficiency is not monotonic: the first cut that reaches the target counts.
    reached = np.maximum.accumulate(signal, axis=1) if (weight < 0).any() else signal
    steps = np.diff(background, axis=1, prepend=0)
    midpoints = signal - np.diff(signal, axis=1, prepend=0) / 2
    rows = zip(reached, background, strict=True)
    efficiency = np.stack([row[np.searchsorted(x, signal_efficiency)] for x, row in rows])
    return np.sum(steps * midpoints, axis=1), efficiency
