"""The definition of every number in the tables, by scikit-learn."""

from typing import NamedTuple

import numpy as np
from scipy.integrate import trapezoid
from sklearn.metrics import accuracy_score, roc_curve

from tagwerk.arrays import Floats64
from tagwerk.evaluation.compared_jets import ComparedJets


class Points(NamedTuple):
    """Background efficiencies at P signal efficiencies (P,), and the effective number of jets that pass (P,).

    That is (Σw)²/Σw², the number of jets where all weights are equal, and zero where what passes has no weight left.
    """

    background_efficiency: Floats64
    background_jets: Floats64


def auc(sample: ComparedJets, score: Floats64) -> float:
    """Return the area under the ROC curve: the chance that a signal jet scores above a background jet.

    It is scikit-learn's `roc_auc_score`, which alone refuses weights below zero: with these the curve turns back, and
    its integral is the weighted sum over all pairs of jets as before.
    """
    fpr, tpr, _ = roc_curve(sample.signal, score, sample_weight=sample.weight)
    return float(trapezoid(tpr, fpr))


def accuracy(sample: ComparedJets, score: Floats64) -> float:
    """Return the share of jets whose class is the one of higher probability: signal above a score of one half."""
    return float(accuracy_score(sample.signal, score > 0.5, sample_weight=sample.weight))


def points(sample: ComparedJets, score: Floats64, signal_efficiency: Floats64) -> Points:
    """Return what passes the tightest cut that keeps at least these shares of the signal (P,).

    With `fpr, tpr, thresholds = roc_curve(signal, score, sample_weight=weight, drop_intermediate=False)`, the
    background efficiency at ε is `fpr[np.searchsorted(tpr, ε)]`, and `fpr[np.argmax(tpr >= ε)]` with weights below
    zero, which make `tpr` fall here and there. Nothing is interpolated, so a whole number of background jets stands
    behind each efficiency. The rejection is its inverse.
    """
    fpr, tpr, thresholds = roc_curve(sample.signal, score, sample_weight=sample.weight, drop_intermediate=False)
    at = np.searchsorted(np.maximum.accumulate(tpr), signal_efficiency)
    order = np.argsort(-score[~sample.signal])
    background, weight = score[~sample.signal][order], sample.weight[~sample.signal][order]
    passing = np.searchsorted(-background, -thresholds[at], side="right")
    sums, squares = (np.append(0.0, np.cumsum(each))[passing] for each in (weight, weight**2))
    jets = np.divide(np.maximum(sums, 0) ** 2, squares, out=np.zeros_like(sums), where=squares > 0)
    return Points(fpr[at], jets)
