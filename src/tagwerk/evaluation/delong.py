"""The covariance matrix of AUCs on the same jets without resampling, a cross-check of the bootstrap."""

from dataclasses import dataclass

import numpy as np

from tagwerk.arrays import Bools, Floats64
from tagwerk.evaluation.compared_jets import ComparedJets
from tagwerk.evaluation.multiple_testing import two_sided_p


@dataclass(frozen=True)
class DeLong:
    """AUCs of M rows of scores and their covariance matrix.

    Attributes:
        auc: (M,).
        covariance: (M, M); NaN where a class has jets in a single event.
    """

    auc: Floats64
    covariance: Floats64

    def uncertainty(self, first: int, second: int) -> float | None:
        """Return the standard deviation of the difference between two rows, None if undefined."""
        matrix = self.covariance[np.ix_([first, second], [first, second])]
        variance = matrix[0, 0] + matrix[1, 1] - 2 * matrix[0, 1]
        if np.isnan(variance):
            return None
        # ASSUME: rounding apart, rows without a fluctuation between them are equal.
        return float(variance**0.5) if variance > 1e-14 * np.trace(matrix) else 0.0

    def p_value(self, first: int, second: int) -> float | None:
        """Return the two-sided p-value of the difference between two rows, one for equal rows, None if undefined."""
        uncertainty = self.uncertainty(first, second)
        if not uncertainty:
            return None if uncertainty is None else 1.0
        return float(two_sided_p([(self.auc[first] - self.auc[second]) / uncertainty])[0])


def delong(sample: ComparedJets, scores: Floats64) -> DeLong:
    """Return the AUCs and their covariance of M rows of scores, (M, B)."""
    return from_placements(sample, np.stack([placements(sample, score) for score in scores]))


def placements(sample: ComparedJets, score: Floats64) -> Floats64:
    """Return each jet's share in the AUC, (B,): the fraction of the other class that it is on the right side of.

    For signal that is the background below it, for background the signal above it; equal scores count half. These are
    the structural components of DeLong, DeLong and Clarke-Pearson (Biometrics 44 (1988) 837), from weighted midranks
    (Sun and Xu, IEEE Signal Process. Lett. 21 (2014) 1389).
    """
    placed = np.empty(len(score))
    placed[sample.signal] = _fraction_below(score[sample.signal], score, sample.weight, ~sample.signal)
    placed[~sample.signal] = 1 - _fraction_below(score[~sample.signal], score, sample.weight, sample.signal)
    return placed


def from_placements(sample: ComparedJets, placed: Floats64) -> DeLong:
    """Return the AUCs and their covariance from the placements of M rows, (M, B).

    The mean of the placements over a tagger's seeds gives the mean AUC. Jets of one event fluctuate together: the
    covariance is that of sums over events (Obuchowski, Biometrics 53 (1997) 567), each jet times its weight.
    """
    auc = np.average(placed[:, sample.signal], axis=1, weights=sample.weight[sample.signal])
    sums, events = [], []
    for chosen in (sample.signal, ~sample.signal):
        weight = sample.weight[chosen]
        deviations = (placed[:, chosen] - auc[:, None]) * weight / weight.sum()
        event = sample.event[chosen]
        sums.append(np.stack([np.bincount(event, row, sample.event.max() + 1) for row in deviations]))
        events.append(len(np.unique(event)))
    signal, background = sums
    mixed = signal @ background.T
    every = len(np.unique(sample.event))
    covariance = _correction(events[0]) * signal @ signal.T + _correction(events[1]) * background @ background.T
    return DeLong(auc, covariance + _correction(every) * (mixed + mixed.T))


def _fraction_below(at: Floats64, score: Floats64, weight: Floats64, chosen: Bools) -> Floats64:
    """Return the fraction of the weight of the chosen jets with scores below each value (N,); equal ones count half."""
    order = np.argsort(score[chosen])
    ordered = score[chosen][order]
    below = np.append(0.0, np.cumsum(weight[chosen][order]))
    left, right = (below[np.searchsorted(ordered, at, side)] for side in ("left", "right"))
    return np.asarray((left + right) / (2 * below[-1]))


def _correction(events: int) -> float:
    """Return the factor that makes a variance over events unbiased."""
    return events / (events - 1) if events > 1 else np.nan
