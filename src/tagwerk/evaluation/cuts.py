"""Background efficiencies at given signal efficiencies, by scikit-learn."""

from typing import NamedTuple

import numpy as np
from sklearn.metrics import roc_curve

from tagwerk.arrays import Floats64
from tagwerk.evaluation.compared_jets import ComparedJets


class Points(NamedTuple):
    """Background efficiencies at P signal efficiencies (P,), and the effective number of jets that pass (P,).

    The latter is (Σw)²/Σw², the number of jets where all weights are equal, and zero where Σw is not positive.
    """

    background_efficiency: Floats64
    background_jets: Floats64


def points(sample: ComparedJets, score: Floats64, signal_efficiency: Floats64) -> Points:
    """Return what passes the tightest cut that keeps at least these fractions of the signal (P,).

    With `fpr, tpr, thresholds = roc_curve(signal, score, sample_weight=weight, drop_intermediate=False)`, the
    background efficiency at ε is `fpr[np.searchsorted(tpr, ε)]`, and `fpr[np.argmax(tpr >= ε)]` with negative weights,
    for which `tpr` is not monotonic. Nothing is interpolated, so each efficiency is that of an integer number of
    background jets. The rejection is its inverse.
    """
    fpr, tpr, thresholds = roc_curve(sample.signal, score, sample_weight=sample.weight, drop_intermediate=False)
    cut = np.searchsorted(np.maximum.accumulate(tpr), signal_efficiency)
    order = np.argsort(-score[~sample.signal])
    background, weight = score[~sample.signal][order], sample.weight[~sample.signal][order]
    passing = np.searchsorted(-background, -thresholds[cut], side="right")
    sums, squares = (np.append(0.0, np.cumsum(each))[passing] for each in (weight, weight**2))
    jets = np.divide(np.maximum(sums, 0) ** 2, squares, out=np.zeros_like(sums), where=squares > 0)
    return Points(fpr[cut], jets)
