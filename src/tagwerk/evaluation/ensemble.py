"""The ensemble of a tagger's trainings: the mean of their class probabilities."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from tagwerk.arrays import Floats64
from tagwerk.cards.score_files import ScoreFiles
from tagwerk.cards.tagger import Tagger
from tagwerk.evaluation.compared_jets import discriminant
from tagwerk.evaluation.measured import Performance, quantities, rejections
from tagwerk.evaluation.paired import difference
from tagwerk.evaluation.tagger_results import EnsembleResult
from tagwerk.scores.read import SCORE


def ensemble_discriminant(scores: Sequence[pd.DataFrame], signal: str, backgrounds: Mapping[str, float]) -> Floats64:
    """Return the discriminant (B,) of the mean over S trainings of their class probabilities, or of other scores.

    Args:
        scores: of each training on the same B jets, with a column `p_<class>` per class or one of scores that are no
            probabilities.
        signal: name of the signal class.
        backgrounds: names of the background classes, with their fractions.
    """
    columns = [name for name in scores[0] if name == SCORE or name.startswith("p_")]
    mean = np.mean([each[columns].to_numpy(np.float64) for each in scores], axis=0)
    return discriminant(pd.DataFrame(mean, columns=columns), signal, backgrounds)


def ensemble_result(
    name: str,
    card: Tagger | ScoreFiles,
    ensemble: Performance,
    single: Performance,
    signal_efficiency: Floats64,
    probabilities: bool = True,
) -> EnsembleResult:
    """Return the results of the ensemble of a tagger's S trainings, with its gain over their mean on the same jets.

    An ensemble is not ranked among the taggers: it needs S times the computing, nearly every architecture gains from
    it, and there is one only where there are several trainings. Architectures are compared by typical trainings.

    Args:
        name: of the tagger.
        card: of the tagger, or of the files with its scores.
        ensemble: as of a tagger with one training.
        single: of the trainings.
        signal_efficiency: the first ones at which both were measured, (P,).
        probabilities: whether the scores are probabilities.
    """
    return EnsembleResult(
        tagger=name,
        title=f"{card.title}, ensemble of {len(single.auc)}",
        color=card.color,
        trainings=len(single.auc),
        metrics=quantities(ensemble, probabilities),
        rejections=rejections(ensemble, signal_efficiency),
        gain=difference(ensemble, single, signal_efficiency),
    )
