"""The quality of a tagger's labels of constituents, as stored in `comparison.json`."""

from typing import Self

from pydantic import NonNegativeInt, model_validator

from tagwerk.evaluation.class_results import ConfusionCell
from tagwerk.evaluation.frozen import Frozen
from tagwerk.evaluation.quantities import Quantity


class LabelFraction(Frozen):
    """A fraction of constituents, with a central 68.27 % interval or only a bound; `spread` is that over the seeds."""

    value: float
    low: float
    high: float
    spread: float | None


class OriginResult(Frozen):
    """How well the constituents of one origin are identified.

    `purity` is the fraction of the constituents with this label that have this origin, null where none has the label;
    `auc` that of its probability against all other origins, null where there are no others, or all are of one event.
    """

    origin: str
    constituents: NonNegativeInt
    purity: LabelFraction | None
    auc: Quantity | None


class JetLabels(Frozen):
    """The labels of all constituents of known origin in some of the test jets.

    `of_class` is the class of the jets, null for signal and background together. `unknown` counts constituents of
    unknown origin, which are left out. `accuracy` is the fraction of correct labels, `baseline` that of giving all
    constituents the label `most_frequent`, `gain` their difference. In `confusion` the rows are the true origins: the
    efficiency of an origin is the cell on the diagonal.
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
    """One tagger's labels of a sequence's constituents; `origins` are their labels in tables, by name."""

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
