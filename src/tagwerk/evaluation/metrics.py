"""The definition of every number in the tables, by scikit-learn."""

from typing import NamedTuple

import numpy as np
from sklearn.metrics import accuracy_score, roc_auc_score, roc_curve

from tagwerk.evaluation.sample import Floats, Sample


class Points(NamedTuple):
    """Background efficiencies at P signal efficiencies (P,), and the number of background jets that pass (P,)."""

    background_efficiency: Floats
    background_jets: Floats


def auc(sample: Sample, score: Floats) -> float:
    """Return the area under the ROC curve: the chance that a signal jet scores above a background jet."""
    return float(roc_auc_score(sample.signal, score, sample_weight=sample.weight))


def accuracy(sample: Sample, score: Floats) -> float:
    """Return the share of jets whose class is the one of higher probability: signal above a score of one half."""
    return float(accuracy_score(sample.signal, score > 0.5, sample_weight=sample.weight))


def points(sample: Sample, score: Floats, signal_efficiency: Floats) -> Points:
    """Return what passes the tightest cut that keeps at least these shares of the signal (P,).

    With `fpr, tpr, thresholds = roc_curve(signal, score, sample_weight=weight, drop_intermediate=False)`, the
    background efficiency at ε is `fpr[np.searchsorted(tpr, ε)]`. Nothing is interpolated, so a whole number of
    background jets stands behind each efficiency. The rejection is its inverse.
    """
    fpr, tpr, thresholds = roc_curve(sample.signal, score, sample_weight=sample.weight, drop_intermediate=False)
    at = np.searchsorted(tpr, signal_efficiency)
    background = np.sort(score[~sample.signal])
    passing = len(background) - np.searchsorted(background, thresholds[at])
    return Points(fpr[at], passing.astype(np.float64))
