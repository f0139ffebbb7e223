"""The best possible tagger, and how far each tagger is from it.

By the lemma of Neyman and Pearson (Phil. Trans. R. Soc. A 231 (1933) 289) a cut on the likelihood ratio has the highest
signal efficiency of all cuts of the same background efficiency: no ROC curve lies above its own.
"""

from collections.abc import Mapping
from typing import TypeVar

import numpy as np

from tagwerk.arrays import Floats64
from tagwerk.cards.study_cards import Cards
from tagwerk.evaluation.curves import curve
from tagwerk.evaluation.measured import Performance, PerformanceBySize, quantity, rejections
from tagwerk.evaluation.optimum_results import LimitDistance, Optimum
from tagwerk.evaluation.paired import difference

Values = TypeVar("Values")
BySize = Mapping[int | None, Mapping[str, Values]]  # by number of training jets and by tagger


def without(optimum: str | None, by_size: BySize[Values]) -> dict[int | None, dict[str, Values]]:
    """Return what there is of all taggers but the optimum; sizes at which nothing remains are left out."""
    ranked = {size: {name: each for name, each in of.items() if name != optimum} for size, of in by_size.items()}
    return {size: of for size, of in ranked.items() if of}


def find(optimum: str | None, by_size: BySize[Values]) -> Values | None:
    """Return what there is of the optimum at the largest size at which it was trained, None if nothing."""
    found = [each for of in by_size.values() for name, each in of.items() if name == optimum]
    return found[-1] if found else None


def optimum_result(
    cards: Cards, optimum: Performance | None, sizes: PerformanceBySize, best: Performance, working_points: Floats64
) -> Optimum | None:
    """Return the optimum and the distance of each tagger to it at each size, None without an optimum.

    Args:
        cards: of the study.
        optimum: its performance; the first signal efficiencies are the working points.
        sizes: the performance of the taggers.
        best: that of the best tagger, to which the optimum's curve is compared.
        working_points: signal efficiencies, (P,).
    """
    name = cards.study.optimum
    if optimum is None or name is None:
        return None
    return Optimum(
        tagger=name,
        title=cards.taggers[name].title,
        color=cards.taggers[name].color,
        auc=quantity(optimum.auc, optimum.replicas.auc),
        rejections=rejections(optimum, working_points),
        curve=curve(optimum, best, slice(len(working_points), None)),
        distances=[
            _distance(cards, tagger, jets, performance, optimum, working_points)
            for jets, taggers in sizes.items()
            for tagger, performance in taggers.items()
        ],
    )


def _distance(
    cards: Cards, name: str, jets: int | None, tagger: Performance, optimum: Performance, working_points: Floats64
) -> LimitDistance:
    delta, seeds = difference(tagger, optimum, working_points), tagger.auc
    return LimitDistance(
        tagger=name,
        title=cards.taggers[name].title,
        color=cards.taggers[name].color,
        jets=jets,
        trainings=len(seeds),
        auc=-delta.auc,
        uncertainty=delta.uncertainty,
        # The optimum itself does not depend on its training.
        training=float(seeds.std(ddof=1) / np.sqrt(len(seeds))) if len(seeds) > 1 else None,
        ratios=delta.ratios,
    )


def group_distances(optimum: Optimum) -> list[list[LimitDistance]]:
    """Return the distances tagger by tagger, the smallest size first; the nearest at the largest size comes first."""
    groups: dict[str, list[LimitDistance]] = {}
    for distance in sorted(optimum.distances, key=lambda each: each.jets or 0):
        groups.setdefault(distance.tagger, []).append(distance)
    return sorted(groups.values(), key=lambda group: (-(group[-1].jets or 0), group[-1].auc))
