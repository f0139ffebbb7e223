"""The results of single taggers, of which a comparison consists."""

from typing import Self

from pydantic import model_validator

from tagwerk.cards.dataset import Color
from tagwerk.evaluation.frozen import Frozen
from tagwerk.evaluation.quantities import Quantity, Rejection


class TrainingResult(Frozen):
    """The results of one seed; a rejection is null where no background jet passes."""

    seed: int
    metrics: dict[str, float | None]
    rejections: list[float | None]
    training_seconds: float | None
    epochs: int | None
    jets_per_second: float | None

    @property
    def auc(self) -> float:
        """The AUC, by which taggers are ranked."""
        value = self.metrics["auc"]
        assert value is not None, "it needs no probabilities"
        return value


class Curve(Frozen):
    """A ROC curve as lists of equal length; the last three are the paired ratio to the best tagger."""

    signal_efficiency: list[float]
    background_efficiency: list[float]
    low: list[float]
    high: list[float]
    background_jets: list[float]
    ratio: list[float | None]
    ratio_low: list[float]
    ratio_high: list[float | None]

    @model_validator(mode="after")
    def _has_lists_of_equal_length(self) -> Self:
        if len({len(values) for values in vars(self).values()}) > 1:
            raise ValueError("its lists differ in length")
        return self


class Ratio(Frozen):
    """This tagger's rejection over the best one's, on the same jets, with a central 68.27 % interval.

    `ahead` is the fraction of replicas in which this tagger's rejection is higher; `background_jets` the smaller of the
    two taggers' numbers.
    """

    signal_efficiency: float
    value: float | None
    low: float
    high: float | None
    ahead: float
    background_jets: float


class Difference(Frozen):
    """This tagger's AUC minus the best one's, on the same jets.

    `training` is the uncertainty of the difference from the spread over seeds, null for single seeds; `significance`
    the difference in standard deviations of both uncertainties combined, reduced where the spread is estimated from few
    seeds; `ahead` the fraction of replicas in which this tagger's AUC is higher.
    """

    auc: float
    uncertainty: float
    training: float | None
    significance: float
    ahead: float
    ratios: list[Ratio]


class TaggerResult(Frozen):
    """All results of one tagger; `difference` is null for the best.

    Scores from elsewhere have no `engine`. `threads` are those of scoring. A metric that needs probabilities is null
    where `probabilities` is false: their scores only rank the jets.
    """

    name: str
    title: str
    color: Color
    engine: str | None
    probabilities: bool = True
    parameters: int | None
    training_jets: int | None
    training_seconds: float | None
    epochs: float | None
    jets_per_second: float | None
    threads: int | None
    training_threads: int | None = None
    metrics: dict[str, Quantity | None]
    rejections: list[Rejection]
    difference: Difference | None
    trainings: list[TrainingResult]
    curve: Curve
    versions: dict[str, str]

    @property
    def training_cost(self) -> float | None:
        """The core time of one training in seconds: its time, times the number of threads."""
        return None if self.training_seconds is None else self.training_seconds * (self.training_threads or 1)

    @property
    def auc(self) -> Quantity:
        """The AUC, by which taggers are ranked."""
        quantity = self.metrics["auc"]
        assert quantity is not None, "it needs no probabilities"
        return quantity


class MixedEnsembleResult(Frozen):
    """The mean of the class probabilities of one training of each of several taggers, as one classifier.

    `members` are the taggers by their group, `better` the best of them, and `repetitions` the number of such ensembles,
    over which values are means. `gain` is over the mean of the ensembles of `baseline_trainings` trainings of the
    better tagger, on the same jets.
    """

    members: dict[str, str]
    better: str
    title: str
    color: Color
    repetitions: int
    baseline_trainings: int
    metrics: dict[str, Quantity | None]
    rejections: list[Rejection]
    gain: Difference


class EnsembleResult(Frozen):
    """The mean of the class probabilities of a tagger's trainings, as one classifier.

    `gain` is the ensemble minus the mean of the single trainings, on the same jets.
    """

    tagger: str
    title: str
    color: Color
    trainings: int
    metrics: dict[str, Quantity | None]
    rejections: list[Rejection]
    gain: Difference
