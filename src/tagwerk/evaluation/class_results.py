"""The results for all classes of a dataset, as stored in `comparison.json`."""

from pydantic import Field, NonNegativeInt

from tagwerk.evaluation.frozen import Frozen
from tagwerk.evaluation.quantities import Quantity, Rejection


class Separation(Frozen):
    """How well one class is separated from another one, or from all others where `background` is null.

    Both results are null where a class has too few test jets, or the tagger does not distinguish it.
    """

    signal: str
    background: str | None
    auc: Quantity | None
    rejection: Rejection | None


class ConfusionCell(Frozen):
    """The fraction of the jets of class `truth` that are classified as `predicted`, with a 68.27 % interval.

    `value` is the mean over the seeds and `spread` its standard deviation; all are null where a class has no test jets.
    """

    truth: str
    predicted: str
    value: float | None
    low: float | None
    high: float | None
    spread: float | None


class TaggerClasses(Frozen):
    """One tagger's separation of all pairs of classes in both orders, each from the rest, and its confusion matrix."""

    tagger: str
    separations: list[Separation]
    confusion: list[ConfusionCell]

    def separation(self, signal: str, background: str | None) -> Separation:
        """Return the separation of two classes, or of one from the rest for None."""
        return next(each for each in self.separations if (each.signal, each.background) == (signal, background))

    def cell(self, truth: str, predicted: str) -> ConfusionCell:
        """Return a cell of the confusion matrix."""
        return next(each for each in self.confusion if (each.truth, each.predicted) == (truth, predicted))


class ClassComparison(Frozen):
    """The taggers' results for all classes of a dataset, at one signal efficiency, or at that in `efficiencies`.

    `jets` are the numbers of test jets by class. AUC and rejection have their uncertainties from bootstrap `replicas`.
    """

    classes: list[str]
    jets: dict[str, NonNegativeInt]
    signal_efficiency: float
    efficiencies: dict[str, float] = Field(default_factory=dict)
    replicas: int
    taggers: list[TaggerClasses]

    def efficiency_of(self, name: str) -> float:
        """Return the efficiency of a class at which its rejections are given."""
        return self.efficiencies.get(name, self.signal_efficiency)
