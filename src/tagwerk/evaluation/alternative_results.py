"""The performance on other samples than those of the training, as stored in `comparison.json`."""

from pydantic import NonNegativeInt

from tagwerk.cards.dataset import Color
from tagwerk.evaluation.frozen import Frozen
from tagwerk.evaluation.quantities import Quantity, Rejection
from tagwerk.evaluation.tagger_results import Ratio


class Shift(Frozen):
    """A change of the AUC; `uncertainty` is from the finite samples.

    `training` is the standard error of its mean over the trainings, null for a single one.
    """

    auc: float
    uncertainty: float
    training: float | None


class TaggerOnSample(Frozen):
    """One tagger on an alternative sample.

    `change` is its AUC there minus that on the test jets, `ratios` its rejections there over those on the test jets.
    `relative` is its change minus that of the best tagger, null for the latter; all taggers share the jets of both
    samples.
    """

    tagger: str
    title: str
    color: Color
    auc: Quantity
    rejections: list[Rejection]
    change: Shift
    ratios: list[Ratio]
    relative: Shift | None


class AlternativeSample(Frozen):
    """The taggers on jets of another sample, all of which are independent of the test jets."""

    name: str
    title: str
    signal_jets: NonNegativeInt
    background_jets: NonNegativeInt
    taggers: list[TaggerOnSample]
