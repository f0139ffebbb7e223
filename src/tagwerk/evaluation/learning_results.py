"""The taggers at each training-sample size."""

from pydantic import NonNegativeInt

from tagwerk.cards.dataset import Color
from tagwerk.evaluation.frozen import Frozen
from tagwerk.evaluation.quantities import Quantity, Rejection
from tagwerk.evaluation.tagger_results import Difference


class LearningCurvePoint(Frozen):
    """One tagger trained on one number of jets.

    Attributes:
        tagger: its name.
        title: in tables and figures.
        color: in figures, as #rrggbb.
        jets: number of training jets.
        trainings: number of its trainings at this size.
        limited: whether the limit on epochs or boosting iterations, not the validation loss, ended one of them; null
            where it is not known, or there is none.
        auc: on the test jets.
        rejection: at the middle working point.
        difference: to the best tagger of the largest size, at this size; null for that tagger.
    """

    tagger: str
    title: str
    color: Color
    jets: NonNegativeInt
    trainings: int
    limited: bool | None = None
    auc: Quantity
    rejection: Rejection
    difference: Difference | None
