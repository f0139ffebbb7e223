"""The results of one tagger: measured on the test jets, and what its trainings tell of themselves."""

from collections.abc import Sequence

import numpy as np

from tagwerk.arrays import Floats64
from tagwerk.cards.study_cards import Cards
from tagwerk.evaluation.curves import curve
from tagwerk.evaluation.measured import Performance, inverse_or_none, quantities, rejections
from tagwerk.evaluation.metrics import metrics
from tagwerk.evaluation.paired import difference
from tagwerk.evaluation.tagger_results import TaggerResult, TrainingResult
from tagwerk.scores.tagger_run import Run


def tagger_result(
    cards: Cards, name: str, runs: list[Run], tagger: Performance, best: Performance, working_points: Floats64
) -> TaggerResult:
    """Return all results of one tagger.

    Args:
        cards: of the study.
        name: of the tagger.
        runs: one per seed.
        tagger: its performance at the working points and then those of the grid of the curves.
        best: that of the best tagger.
        working_points: signal efficiencies, (P,).
    """
    about = [run.about for run in runs]
    return TaggerResult(
        name=name,
        title=cards.compared[name].title,
        color=cards.compared[name].color,
        engine=about[0].engine,
        probabilities=runs[0].has_probabilities,
        parameters=about[0].parameters,
        training_jets=about[0].training_jets,
        training_seconds=_mean([each.training_seconds for each in about]),
        epochs=_mean([each.epochs for each in about]),
        jets_per_second=_mean([each.jets_per_second for each in about]),
        threads=about[0].threads,
        training_threads=about[0].training_threads,
        metrics=quantities(tagger, runs[0].has_probabilities),
        rejections=rejections(tagger, working_points),
        difference=None if tagger is best else difference(tagger, best, working_points),
        trainings=[_training_result(run, tagger, index, len(working_points)) for index, run in enumerate(runs)],
        curve=curve(tagger, best, slice(len(working_points), None)),
        versions=about[0].versions,
    )


def _is_defined(metric: str, run: Run) -> bool:
    return run.has_probabilities or not metrics()[metric].needs_probabilities


def _mean(values: Sequence[float | None]) -> float | None:
    """Return the mean of the known values, None if there are none."""
    known = [value for value in values if value is not None]
    return float(np.mean(known)) if known else None


def _training_result(run: Run, tagger: Performance, index: int, points: int) -> TrainingResult:
    return TrainingResult(
        seed=run.about.seed,
        metrics={
            name: float(seeds[index]) if _is_defined(name, run) else None for name, seeds in tagger.metrics.items()
        },
        rejections=[inverse_or_none(each) for each in tagger.background_efficiency[index, :points]],
        training_seconds=run.about.training_seconds,
        epochs=run.about.epochs,
        limited=run.about.limited,
        jets_per_second=run.about.jets_per_second,
    )
