"""Cuts at given signal efficiencies, by scikit-learn, and the slope of the ROC curve around them."""

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple, Self

import numpy as np
from scipy.stats import norm
from sklearn.metrics import roc_curve

from tagwerk.arrays import Floats64, Ints
from tagwerk.evaluation.compared_jets import ComparedJets


@dataclass(frozen=True)
class Roc:
    """The ROC curve of a score: all G + 1 cuts, from the one that no jet passes to the one that all do, (G + 1,) each.

    Attributes:
        background: efficiency.
        signal: efficiency.
        thresholds: a jet passes whose score is not below.
        jets: the effective number of signal jets, at least one.
    """

    background: Floats64
    signal: Floats64
    thresholds: Floats64
    jets: float

    @classmethod
    def of(cls, sample: ComparedJets, score: Floats64) -> Self:
        """Return the curve of a score (B,) on a sample."""
        fpr, tpr, thresholds = roc_curve(sample.signal, score, sample_weight=sample.weight, drop_intermediate=False)
        return cls(fpr, tpr, thresholds, max(sample.effective(signal=True), 1.0))

    @cached_property
    def _reached(self) -> Floats64:
        """The signal efficiency that a cut or a tighter one reaches: with negative weights it is not monotonic."""
        return np.maximum.accumulate(self.signal)

    def tightest(self, signal_efficiency: Floats64) -> Ints:
        """Return the index of the tightest cuts that keep at least these fractions of the signal, (P,)."""
        return np.searchsorted(self._reached, signal_efficiency)

    def slope(self, cut: Ints) -> Floats64:
        """Return dε_B/dε_S around these cuts, (P,): one bandwidth to either side, and at least one jet."""
        kept = np.clip(self.signal[cut], 0, 1)
        width = np.maximum(bandwidth(kept, self.jets), 1 / self.jets)
        tighter = np.minimum(self.tightest(kept - width), cut - 1)
        looser = self.tightest(np.minimum(kept + width, self._reached[-1]))
        rise = self.signal[looser] - self.signal[tighter]
        fall = self.background[looser] - self.background[tighter]
        return np.asarray(np.divide(fall, rise, out=np.zeros(len(cut)), where=rise > 0))


def bandwidth(efficiency: Floats64, jets: float) -> Floats64:
    """Return the bandwidth for the density at a quantile, (P,): Hall and Sheather, J. R. Stat. Soc. B 50 (1988) 381.

    It is theirs for Gaussian jets and an interval of one standard deviation.
    """
    quantile = norm.ppf(efficiency)
    with np.errstate(over="ignore", invalid="ignore"):
        width = np.cbrt(1.5 * norm.pdf(quantile) ** 2 / (2 * quantile**2 + 1) / jets)
    return np.asarray(np.nan_to_num(width))


class Points(NamedTuple):
    """Background efficiencies at P signal efficiencies, effective number of jets that pass, slope dε_B/dε_S, (P,) each.

    The number is (Σw)²/Σw², the number of jets where all weights are equal, and zero where Σw is not positive.
    """

    background_efficiency: Floats64
    background_jets: Floats64
    slope: Floats64


def points(sample: ComparedJets, score: Floats64, signal_efficiency: Floats64) -> Points:
    """Return what passes the tightest cut that keeps at least these fractions of the signal (P,).

    With `fpr, tpr, thresholds = roc_curve(signal, score, sample_weight=weight, drop_intermediate=False)`, the
    background efficiency at ε is `fpr[np.searchsorted(tpr, ε)]`, and `fpr[np.argmax(tpr >= ε)]` with negative weights,
    for which `tpr` is not monotonic. Nothing is interpolated, so each efficiency is that of an integer number of
    background jets. The rejection is its inverse.
    """
    roc = Roc.of(sample, score)
    cut = roc.tightest(signal_efficiency)
    order = np.argsort(-score[~sample.signal])
    background, weight = score[~sample.signal][order], sample.weight[~sample.signal][order]
    passing = np.searchsorted(-background, -roc.thresholds[cut], side="right")
    sums, squares = (np.append(0.0, np.cumsum(each))[passing] for each in (weight, weight**2))
    jets = np.divide(np.maximum(sums, 0) ** 2, squares, out=np.zeros_like(sums), where=squares > 0)
    return Points(roc.background[cut], jets, roc.slope(cut))
