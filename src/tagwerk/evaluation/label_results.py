"""The quality of a tagger's labels of constituents, as stored in `comparison.json`."""

from typing import Self

from pydantic import NonNegativeInt, model_validator

from tagwerk.evaluation.class_results import ConfusionCell
from tagwerk.evaluation.frozen import Frozen
from tagwerk.evaluation.quantities import Quantity


class LabelFraction(Frozen):
    """A fraction of constituents, with a central 68.27 % interval or only a bound.

    Attributes:
        value: the mean over the seeds.
        low: lower end.
        high: upper end.
        spread: standard deviation over the seeds; null for a single one.
    """

    value: float
    low: float
    high: float
    spread: float | None


class OriginResult(Frozen):
    """How well the constituents of one origin are identified.

    Attributes:
        origin: its name.
        constituents: number of those that have it.
        purity: the fraction of the constituents with this label that have this origin; null where none has the label.
        auc: of its probability against all other origins; null where there are no others, or all are of one event.
    """

    origin: str
    constituents: NonNegativeInt
    purity: LabelFraction | None
    auc: Quantity | None


class JetLabels(Frozen):
    """The labels of all constituents of known origin in some of the test jets.

    Attributes:
        of_class: class of the jets; null for signal and background together.
        jets: their number.
        constituents: number of those of known origin.
        unknown: number of constituents of unknown origin, which are left out.
        accuracy: the fraction of correct labels.
        baseline: that of giving all constituents the label `most_frequent`.
        most_frequent: the origin that most constituents have.
        gain: of accuracy over baseline.
        origins: the results by origin.
        confusion: the cells of the confusion matrix, whose rows are the true origins: the efficiency of an origin is
            the cell on the diagonal.
    """

    of_class: str | None
    jets: NonNegativeInt
    constituents: NonNegativeInt
    unknown: NonNegativeInt
    accuracy: LabelFraction
    baseline: LabelFraction
    most_frequent: str
    gain: Quantity
    origins: list[OriginResult]
    confusion: list[ConfusionCell]


class TaggerLabels(Frozen):
    """One tagger's labels of a sequence's constituents.

    Attributes:
        tagger: its name.
        sequence: name of the sequence.
        origins: the origins' labels in tables, by name.
        samples: the results on the jets of signal and background together, and on those of the signal.
    """

    tagger: str
    sequence: str
    origins: dict[str, str]
    samples: list[JetLabels]

    @model_validator(mode="after")
    def _has_all_origins(self) -> Self:
        pairs = [(truth, predicted) for truth in self.origins for predicted in self.origins]
        for sample in self.samples:
            if [(each.truth, each.predicted) for each in sample.confusion] != pairs:
                raise ValueError("a confusion matrix of constituents does not have all origins")
            if [each.origin for each in sample.origins] != [*self.origins]:
                raise ValueError("the results of constituents do not have all origins")
        return self
