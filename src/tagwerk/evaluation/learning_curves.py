"""The performance of each tagger as a function of the number of training jets."""

from collections.abc import Mapping, Sequence

import numpy as np

from tagwerk.arrays import Floats64
from tagwerk.cards.tagger import Tagger
from tagwerk.evaluation.learning_results import LearningCurvePoint
from tagwerk.evaluation.measured import Performance, PerformanceBySize, quantity, rejections
from tagwerk.evaluation.paired import difference
from tagwerk.evaluation.tagger_results import Difference
from tagwerk.scores.tagger_run import Run


def learning_curve_points(
    measured: PerformanceBySize,
    runs: Mapping[int | None, Mapping[str, Sequence[Run]]],
    cards: Mapping[str, Tagger],
    best: str,
    working_points: Floats64,
) -> list[LearningCurvePoint]:
    """Return each tagger at each size, the smallest first; none where the taggers were trained on all jets.

    The rejection is that at the middle one of the working points (P,), which are the first signal efficiencies.
    """
    middle = int(np.argsort(working_points)[len(working_points) // 2])
    return [
        LearningCurvePoint(
            tagger=name,
            title=cards[name].title,
            color=cards[name].color,
            jets=jets,
            trainings=len(tagger.auc),
            limited=_limited(runs[jets][name]),
            auc=quantity(tagger.auc, tagger.replicas.auc),
            rejection=rejections(tagger, working_points)[middle],
            difference=_difference_to(tagger, taggers.get(best)),
        )
        for jets, taggers in measured.items()
        if jets is not None
        for name, tagger in taggers.items()
        if name in cards  # and not from elsewhere
    ]


def group_by_tagger(points: Sequence[LearningCurvePoint]) -> list[list[LearningCurvePoint]]:
    """Return the learning curve of each tagger, the smallest size first; the best tagger comes first."""
    groups: dict[str, list[LearningCurvePoint]] = {}
    for point in sorted(points, key=lambda point: point.jets):
        groups.setdefault(point.tagger, []).append(point)
    return sorted(groups.values(), key=lambda group: (-group[-1].jets, -group[-1].auc.value))


def _limited(runs: Sequence[Run]) -> bool | None:
    known = [run.about.limited for run in runs if run.about.limited is not None]
    return any(known) if known else None


def _difference_to(tagger: Performance, best: Performance | None) -> Difference | None:
    return None if best is None or tagger is best else difference(tagger, best)
