"""What a tagger costs, beside what it rejects."""

from typing import NamedTuple

import numpy as np

from tagwerk.arrays import Bools, Floats64
from tagwerk.evaluation.comparison import Comparison
from tagwerk.evaluation.quantities import Rejection
from tagwerk.evaluation.tagger_results import TaggerResult


class CostPoint(NamedTuple):
    """A tagger whose time per jet is known, and its rejection at the middle working point.

    Attributes:
        tagger: its results.
        microseconds: per jet scored, the mean over its seeds.
        rejection: at the middle one of the working points.
        optimal: whether no other tagger is at least as fast with at least the same rejection, and better in one.
        auc_optimal: the same with the AUC in place of the rejection.
    """

    tagger: TaggerResult
    microseconds: float
    rejection: Rejection
    optimal: bool
    auc_optimal: bool


def cost_points(comparison: Comparison) -> list[CostPoint]:
    """Return the taggers whose time per jet is known, the fastest first; scores from elsewhere have none."""
    rates = [(tagger, tagger.jets_per_second) for tagger in comparison.taggers]
    timed = sorted(((tagger, 1e6 / rate) for tagger, rate in rates if rate), key=lambda pair: pair[1])
    microseconds = np.array([cost for _, cost in timed])
    rejections = [middle_rejection(tagger) for tagger, _ in timed]
    optimal = pareto_optimal(microseconds, np.array([known_rejection(each) for each in rejections]))
    auc_optimal = pareto_optimal(microseconds, np.array([tagger.auc.value for tagger, _ in timed]))
    return [
        CostPoint(tagger, cost, rejection, bool(flag), bool(auc_flag))
        for (tagger, cost), rejection, flag, auc_flag in zip(timed, rejections, optimal, auc_optimal, strict=True)
    ]


def untimed(comparison: Comparison) -> list[str]:
    """Return the titles of the taggers whose time per jet is not known."""
    return [tagger.title for tagger in comparison.taggers if not tagger.jets_per_second]


def pareto_optimal(cost: Floats64, benefit: Floats64) -> Bools:
    """Return which of T points no other point dominates, (T,).

    A point dominates another with at most its cost (T,) and at least its benefit (T,), if one of them is better. Equal
    points do not dominate each other.
    """
    no_worse = (cost[:, None] <= cost) & (benefit[:, None] >= benefit)
    better = (cost[:, None] < cost) | (benefit[:, None] > benefit)
    return np.asarray(~(no_worse & better).any(axis=0))


def middle_rejection(tagger: TaggerResult) -> Rejection:
    """Return the rejection at the middle one of the working points, the upper one of two."""
    return sorted(tagger.rejections, key=lambda each: each.signal_efficiency)[len(tagger.rejections) // 2]


def known_rejection(rejection: Rejection) -> float:
    """Return the rejection, or its lower bound where no background jet passes."""
    return rejection.low if rejection.value is None else rejection.value
