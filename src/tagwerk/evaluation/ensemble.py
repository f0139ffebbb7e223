"""The ensemble of a tagger's trainings: the mean of their class probabilities."""

from collections.abc import Mapping

import numpy as np

from tagwerk.arrays import Floats, Floats64
from tagwerk.cards.tagger import Tagger
from tagwerk.evaluation.compared_jets import signal_share
from tagwerk.evaluation.comparison import EnsembleResult
from tagwerk.evaluation.measured import Performance, quantity, rejections
from tagwerk.evaluation.paired import difference


def ensemble_discriminant(probabilities: Floats, signal: int, backgrounds: Mapping[int, float]) -> Floats64:
    """Return the discriminant (B,) of the mean over S trainings of the probabilities of C classes, (S, B, C).

    Args:
        probabilities: of each training, jet and class.
        signal: index of the signal class.
        backgrounds: fractions of the background classes by index.
    """
    mean = probabilities.mean(axis=0, dtype=np.float64)
    return signal_share(mean[:, signal], mean[:, [*backgrounds]] @ np.array([*backgrounds.values()]))


def ensemble_result(
    name: str, card: Tagger, ensemble: Performance, single: Performance, signal_efficiency: Floats64
) -> EnsembleResult:
    """Return the results of the ensemble of a tagger's S trainings, with its gain over their mean on the same jets.

    An ensemble is not ranked among the taggers: it needs S times the computing, nearly every architecture gains from
    it, and there is one only where there are several trainings. Architectures are compared by typical trainings.

    Args:
        name: of the tagger.
        card: of the tagger.
        ensemble: as of a tagger with one training.
        single: of the trainings.
        signal_efficiency: the first ones at which both were measured, (P,).
    """
    return EnsembleResult(
        tagger=name,
        title=f"{card.title}, ensemble of {len(single.auc)}",
        color=card.color,
        trainings=len(single.auc),
        metrics={key: quantity(values, ensemble.replicas.metrics[key]) for key, values in ensemble.metrics.items()},
        rejections=rejections(ensemble, signal_efficiency),
        gain=difference(ensemble, single, signal_efficiency),
    )
