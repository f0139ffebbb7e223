"""The median over a tagger's trainings, as tables of published taggers quote it."""

from typing import NamedTuple

import numpy as np

from tagwerk.evaluation.seed_spread import spread
from tagwerk.evaluation.tagger_results import TaggerResult

MIN_TRAININGS = 3  # of which a median is more than a mean


class Median(NamedTuple):
    """The median over trainings and their standard deviation; None where a value does not exist in some training."""

    value: float
    spread: float | None


def median(values: list[float | None]) -> Median | None:
    """Return the median and the standard deviation of the values of all trainings, None if one is missing."""
    known = np.array([value for value in values if value is not None])
    return Median(float(np.median(known)), spread(known)) if len(known) == len(values) else None


def metric_medians(tagger: TaggerResult) -> dict[str, Median | None]:
    """Return the median of each metric by name."""
    return {name: median([each.metrics[name] for each in tagger.trainings]) for name in tagger.metrics}


def rejection_medians(tagger: TaggerResult) -> list[Median | None]:
    """Return the median of the rejection 1/ε_B at each working point, each training cut at its own threshold."""
    points = range(len(tagger.rejections))
    return [median([each.rejections[point] for each in tagger.trainings]) for point in points]
