"""The best possible tagger, and the distance of the others to it."""

from math import hypot

from pydantic import NonNegativeInt

from tagwerk.cards.dataset import Color
from tagwerk.evaluation.frozen import Frozen
from tagwerk.evaluation.quantities import Quantity, Rejection
from tagwerk.evaluation.tagger_results import Curve, Ratio


class LimitDistance(Frozen):
    """How far one tagger is below the best possible AUC, on the same jets.

    Attributes:
        tagger: its name.
        title: in tables and figures.
        color: in figures, as #rrggbb.
        jets: number of its training jets; null for all.
        trainings: number of its trainings.
        auc: the optimum's AUC minus the tagger's.
        uncertainty: one standard deviation from the finite test sample.
        training: that of the tagger's mean over its trainings; null for a single one.
        ratios: the tagger's rejections over the optimum's; `ahead` in them is the fraction of replicas in which the
            tagger's is higher.
    """

    tagger: str
    title: str
    color: Color
    jets: NonNegativeInt | None
    trainings: int
    auc: float
    uncertainty: float
    training: float | None
    ratios: list[Ratio]

    @property
    def total(self) -> float:
        """The uncertainty from test sample and trainings, in quadrature."""
        return hypot(self.uncertainty, self.training or 0.0)


class Optimum(Frozen):
    """The best possible tagger of the sample: what it reaches, and each tagger's distance to it at each size.

    Attributes:
        tagger: its name.
        title: in tables and figures.
        color: in figures, as #rrggbb.
        auc: on the test jets.
        rejections: at each working point.
        curve: its ROC curve, in which the ratio is that of its rejection to the best tagger's.
        distances: of each tagger at each size.
    """

    tagger: str
    title: str
    color: Color
    auc: Quantity
    rejections: list[Rejection]
    curve: Curve
    distances: list[LimitDistance]
