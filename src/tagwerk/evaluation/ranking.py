"""The jets of a sample by descending score, and what passes their cuts in replicas of the sample."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from tagwerk.arrays import Bools, Floats64, Ints32
from tagwerk.evaluation.compared_jets import ComparedJets
from tagwerk.evaluation.ranked_sums import Counts, ordered_pairs, passing_background, sums_of_two


@dataclass(frozen=True)
class Ranking:
    """One run's jets by descending score.

    Attributes:
        sample: the jets.
        score: in the order of the sample, (B,).
        order: their indices by descending score, (B,).
        last: index of the last jet at each of the G distinct scores, (G,); no cut separates jets of equal score.
    """

    sample: ComparedJets
    score: Floats64
    order: Ints32
    last: Ints32

    @classmethod
    def of(cls, sample: ComparedJets, score: Floats64) -> "Ranking":
        """Return the ranking of a sample's jets by their scores, (B,)."""
        order = np.argsort(-score, kind="stable")
        last = np.flatnonzero(np.append(np.diff(score[order]) != 0, True))
        return cls(sample, score, order.astype(np.int32), last.astype(np.int32))

    @property
    def signal(self) -> Bools:
        """Which jets of the sample are signal, (B,)."""
        return self.sample.signal


@dataclass(frozen=True)
class Resampling:
    """A ranking in R replicas.

    Attributes:
        ranking: of the jets.
        counts: how often each event is in each replica, (E, R).
    """

    ranking: Ranking
    counts: Counts

    @property
    def weight(self) -> Floats64:
        """The weight of each jet in each replica, (R, B), in the order of the sample; large."""
        sample = self.ranking.sample
        return np.asarray(self.counts.T[:, sample.event] * sample.weight)

    def sums(self, chosen: Bools) -> Floats64:
        """Return the sums of weights of the jets that are chosen, (B,), and of those that are not, (2, R)."""
        return sums_of_two(*self._ordered, chosen[self.ranking.order])

    def auc(self) -> Floats64:
        """Return the areas under the ROC curves, (R,)."""
        return np.asarray(ordered_pairs(*self._ordered, self._signal, self.ranking.last) / self._totals.prod(axis=0))

    def background_efficiency(self, signal_efficiency: Floats64) -> Floats64:
        """Return the background efficiencies (R, P) of the tightest cuts that keep these signal fractions, (P,)."""
        signal, background = self._totals
        points, place = np.unique(signal_efficiency, return_inverse=True)
        passing = passing_background(*self._ordered, self._signal, self.ranking.last, signal, points)
        return np.asarray((passing / background[:, None])[:, place])

    @cached_property
    def _ordered(self) -> tuple[Counts, Floats64]:
        """The counts (B, R) and weights (B,) of the jets by descending score."""
        sample, order = self.ranking.sample, self.ranking.order
        return self.counts.take(sample.event[order], axis=0), sample.weight[order]

    @cached_property
    def _signal(self) -> Bools:
        return self.ranking.signal[self.ranking.order]

    @cached_property
    def _totals(self) -> Floats64:
        """The sums of weights of signal and background, (2, R), in the order of the cuts, whose last one they equal."""
        return sums_of_two(*self._ordered, self._signal)
