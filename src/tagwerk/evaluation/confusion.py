"""The confusion matrix: which classes the jets of each class are taken for."""

from typing import NamedTuple

import numpy as np

from tagwerk.arrays import Floats64, Ints
from tagwerk.evaluation.intervals import efficiency_interval
from tagwerk.evaluation.labelled_jets import LabelledJets
from tagwerk.jets.effective import effective_sample_size


class Confusion(NamedTuple):
    """Fractions of each true class (rows) by predicted class (columns), (C, C) each; NaN where a class has no jets.

    Attributes:
        value: the mean over the seeds.
        low: the lower end of its central 68.27 % interval from the finite test sample.
        high: the upper end.
        seeds: of each seed, (S, C, C).
    """

    value: Floats64
    low: Floats64
    high: Floats64
    seeds: Floats64


def confusion_matrix(jets: LabelledJets, probabilities: Floats64) -> Confusion:
    """Return the confusion matrix of a tagger's seeds, with probabilities (S, B, C), normalised by row.

    A jet is classified as the class of the highest probability. Each seed's value is that of scikit-learn's
    `confusion_matrix(label, probabilities.argmax(axis=1), sample_weight=weight, normalize="true")`. The variance is
    that of a ratio of sums over events, Σ_e (Σ_(jets in e) w (m - ε))² / (Σw)² for the fraction m of seeds that choose
    the class.
    """
    # ASSUME: of equal highest probabilities the first class counts.
    chosen = probabilities.argmax(axis=2)
    classes = probabilities.shape[2]
    rows = [_row(jets.select(jets.label == truth), chosen[:, jets.label == truth], classes) for truth in range(classes)]
    value, low, high, seeds = (np.stack(parts, axis=-2) for parts in zip(*rows, strict=True))
    return Confusion(value, low, high, seeds)


def _row(jets: LabelledJets, chosen: Ints, classes: int) -> Confusion:
    """Return the fractions of the jets of one class, (C,) and (S, C), by their chosen classes (S, B)."""
    total = jets.weight.sum()
    if not total > 0:
        none = np.full(classes, np.nan)
        return Confusion(none, none, none, np.full((len(chosen), classes), np.nan))
    is_chosen = chosen[:, :, None] == np.arange(classes)
    seeds = np.stack([jets.weight @ each for each in is_chosen]) / total
    value = seeds.mean(axis=0)
    residuals = jets.weight[:, None] * (is_chosen.mean(axis=0) - value)
    by_event = np.stack([np.bincount(jets.event, column) for column in residuals.T])
    variance = (by_event**2).sum(axis=1) / total**2
    return Confusion(value, *efficiency_interval(value, variance, effective_sample_size(jets.weight)), seeds)
