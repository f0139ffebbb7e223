"""The performance on other samples than those of the training, as stored in `comparison.json`."""

from pydantic import NonNegativeInt

from tagwerk.cards.dataset import Color
from tagwerk.evaluation.frozen import Frozen
from tagwerk.evaluation.quantities import Quantity, Rejection
from tagwerk.evaluation.tagger_results import Ratio


class Shift(Frozen):
    """A change of the AUC.

    Attributes:
        auc: the change.
        uncertainty: one standard deviation from the finite samples.
        training: standard error of its mean over the trainings; null for a single one.
    """

    auc: float
    uncertainty: float
    training: float | None


class TaggerOnSample(Frozen):
    """One tagger on an alternative sample; all taggers share the jets of both samples.

    Attributes:
        tagger: its name.
        title: in tables and figures.
        color: in figures, as #rrggbb.
        auc: on the sample.
        rejections: on the sample, at each working point.
        change: its AUC there minus that on the test jets.
        ratios: its rejections there over those on the test jets.
        relative: its change minus that of the best tagger; null for the latter.
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
    """The taggers on jets of another sample, all of which are independent of the test jets.

    Attributes:
        name: of the sample's dataset card.
        title: in tables and figures.
        signal_jets: their number.
        background_jets: their number.
        taggers: their results.
    """

    name: str
    title: str
    signal_jets: NonNegativeInt
    background_jets: NonNegativeInt
    taggers: list[TaggerOnSample]
