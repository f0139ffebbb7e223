"""The jets of a sample by descending score, and the ROC curves of replicas in which they have other weights."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from tagwerk.arrays import Bools, Floats64, Ints
from tagwerk.evaluation.compared_jets import ComparedJets


@dataclass(frozen=True)
class Ranking:
    """One run's jets by descending score.

    Attributes:
        score: in the order of the sample, (B,).
        signal: which jets of the sample are signal, (B,).
        order: their indices by descending score, (B,).
        last: index of the last jet at each of the G distinct scores, (G,); no cut separates jets of equal score.
    """

    score: Floats64
    signal: Bools
    order: Ints
    last: Ints

    @classmethod
    def of(cls, sample: ComparedJets, score: Floats64) -> "Ranking":
        """Return the ranking of a sample's jets by their scores, (B,)."""
        order = np.argsort(-score, kind="stable")
        last = np.flatnonzero(np.append(np.diff(score[order]) != 0, True))
        return cls(score, sample.signal, order, last)


@dataclass(frozen=True)
class Resampling:
    """A ranking in R replicas.

    Attributes:
        ranking: of the jets.
        weight: of each jet in each replica, (R, B), in the order of the sample.
    """

    ranking: Ranking
    weight: Floats64

    @cached_property
    def efficiencies(self) -> tuple[Floats64, Floats64]:
        """Efficiency of the cut at each distinct score for signal and for background, (R, G) each."""
        ranking, ordered = self.ranking, self.weight[:, self.ranking.order]
        signal = ranking.signal[ranking.order]
        passing = (np.cumsum(ordered * chosen, axis=1)[:, ranking.last] for chosen in (signal, ~signal))
        first, second = (sums / sums[:, -1:] for sums in passing)
        return first, second

    def background_efficiency(self, signal_efficiency: Floats64) -> Floats64:
        """Return the background efficiencies (R, P) of the tightest cuts that keep these signal fractions, (P,)."""
        signal, background = self.efficiencies
        # With negative weights the signal efficiency is not monotonic: the first cut that reaches the target counts.
        reached = np.maximum.accumulate(signal, axis=1) if (self.weight < 0).any() else signal
        rows = zip(reached, background, strict=True)
        return np.stack([row[np.searchsorted(x, signal_efficiency)] for x, row in rows])
