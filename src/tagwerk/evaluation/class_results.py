"""The results for all classes of a dataset, as stored in `comparison.json`."""

from pydantic import Field, NonNegativeInt

from tagwerk.evaluation.frozen import Frozen
from tagwerk.evaluation.quantities import Quantity, Rejection


class Separation(Frozen):
    """How well one class is separated from another one, or from all others.

    Attributes:
        signal: the class taken as signal.
        background: the other class; null for all others.
        auc: null where a class has too few test jets, or the tagger does not distinguish it.
        rejection: null in the same cases.
    """

    signal: str
    background: str | None
    auc: Quantity | None
    rejection: Rejection | None


class ConfusionCell(Frozen):
    """The fraction of the jets, or constituents, of class `truth` that are classified as `predicted`.

    Attributes:
        truth: the true class.
        predicted: the class of the highest probability.
        value: the mean over the seeds; this and what follows is null where the true class is empty.
        low: lower end of the central 68.27 % interval.
        high: its upper end.
        spread: standard deviation over the seeds; null for a single one.
    """

    truth: str
    predicted: str
    value: float | None
    low: float | None
    high: float | None
    spread: float | None


class TaggerClasses(Frozen):
    """One tagger's results for all classes.

    Attributes:
        tagger: its name.
        separations: of all pairs of classes in both orders, and of each from the rest.
        confusion: the cells of its confusion matrix, each row of which adds up to one.
    """

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
    """The taggers' results for all classes of a dataset.

    Attributes:
        classes: their names.
        jets: number of test jets by class.
        signal_efficiency: at which rejections are given.
        efficiencies: other efficiencies of single classes at which their rejections are given.
        replicas: number of bootstrap replicas for the uncertainties of AUC and rejection.
        taggers: their results.
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
