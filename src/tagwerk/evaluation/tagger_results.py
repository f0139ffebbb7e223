"""The results of single taggers, of which a comparison consists."""

from typing import Self

from pydantic import model_validator

from tagwerk.cards.dataset import Color
from tagwerk.evaluation.frozen import Frozen
from tagwerk.evaluation.quantities import Quantity, Rejection


class TrainingResult(Frozen):
    """The results of one training.

    Attributes:
        seed: of the initial weights and the order of the training jets.
        metrics: values on the test jets by the metric's name, as in docs/metrics.md; null for a metric that needs
            probabilities where the scores are none.
        rejections: 1/ε_B at each working point, in the order of the tagger's `rejections`; null where no background jet
            passes.
        training_seconds: time of the training in seconds; null where it is not known.
        epochs: number of training epochs, or of boosting iterations; null where it is not known.
        limited: whether the limit on their number, not the validation loss, ended the training; null where it is not
            known, or there is none.
        jets_per_second: rate of scoring; null where it is not known.
    """

    seed: int
    metrics: dict[str, float | None]
    rejections: list[float | None]
    training_seconds: float | None
    epochs: int | None
    limited: bool | None = None
    jets_per_second: float | None

    @property
    def auc(self) -> float:
        """The AUC, by which taggers are ranked."""
        value = self.metrics["auc"]
        assert value is not None, "it needs no probabilities"
        return value


class Curve(Frozen):
    """A ROC curve as lists of equal length, one value per signal efficiency.

    Attributes:
        signal_efficiency: ε_S, from 0.005 to 1.
        background_efficiency: ε_B, the mean over the seeds.
        low: lower end of the central 68.27 % interval on ε_B from the finite test sample; 0 where less than one
            effective background jet passes.
        high: its upper end; an upper limit at 84.13 % CL where less than one effective background jet passes.
        background_jets: number of background jets that pass, mean over the seeds, effective where they have weights.
        ratio: this tagger's rejection over the best one's, on the same jets; null where it is infinite or undefined.
        ratio_low: lower end of the ratio's central 68.27 % interval, from paired bootstrap replicas.
        ratio_high: its upper end; null where it is infinite.
    """

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

    Attributes:
        signal_efficiency: ε_S of both cuts.
        value: the ratio; null where it is infinite or undefined.
        low: lower end of the interval, from paired bootstrap replicas.
        high: its upper end; null where it is infinite.
        ahead: fraction of bootstrap replicas in which this tagger's rejection is higher; ties count half.
        background_jets: the smaller one of the two taggers' numbers of background jets that pass.
    """

    signal_efficiency: float
    value: float | None
    low: float
    high: float | None
    ahead: float
    background_jets: float


class Difference(Frozen):
    """This tagger's AUC minus the best one's, on the same jets.

    Attributes:
        auc: the difference of the means over the seeds.
        uncertainty: from the finite test sample: the standard deviation over bootstrap replicas that both
            taggers share.
        training: uncertainty from the spread over seeds; null for single seeds.
        significance: the difference in standard deviations of both uncertainties combined, reduced where the spread is
            estimated from few seeds; without sign.
        ahead: fraction of bootstrap replicas in which this tagger's AUC is higher; ties count half.
        ratios: of the rejections, at each working point.
    """

    auc: float
    uncertainty: float
    training: float | None
    significance: float
    ahead: float
    ratios: list[Ratio]


class TaggerResult(Frozen):
    """All results of one tagger.

    Attributes:
        name: of the tagger's card, unique in the study.
        title: in tables and figures.
        color: in figures, as #rrggbb.
        engine: library that trained it; null for scores from elsewhere.
        probabilities: whether its scores are probabilities; if not, they only rank the jets.
        parameters: number of trainable parameters; null where it is not known.
        training_jets: number of training jets used; null where it is not known.
        training_seconds: time of one training in seconds, the mean over the seeds; null where it is not known.
        epochs: number of training epochs, or of boosting iterations, the mean over the seeds; null where it is not
            known.
        jets_per_second: rate of scoring, the mean over the seeds; null where it is not known.
        threads: number of CPU threads of scoring; null where it is not known.
        training_threads: number of CPU threads of training; null where it is not known.
        metrics: by the metric's name, as in docs/metrics.md; null for a metric that needs probabilities where the
            scores are none.
        rejections: at each working point, in the order of the study card.
        difference: to the best tagger; null for the best.
        trainings: the results of each seed.
        curve: the ROC curve.
        versions: of the packages that trained it, by name; none of scores from elsewhere.
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
    def limited(self) -> bool:
        """Whether the limit on epochs or boosting iterations is known to have ended a training."""
        return any(training.limited for training in self.trainings)

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

    Attributes:
        members: names of the taggers by their group.
        better: name of the best of them.
        title: in tables.
        color: in figures, as #rrggbb.
        repetitions: number of such ensembles, over which values are means.
        baseline_trainings: number of trainings of the better tagger in each ensemble of the baseline.
        metrics: by the metric's name, as in docs/metrics.md; null where it needs probabilities that the scores are not.
        rejections: at each working point.
        gain: over the mean of the ensembles of the baseline, on the same jets.
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

    Attributes:
        tagger: its name.
        title: in tables.
        color: in figures, as #rrggbb.
        trainings: their number.
        metrics: by the metric's name, as in docs/metrics.md; null where it needs probabilities that the scores are not.
        rejections: at each working point.
        gain: of the ensemble over the mean of the single trainings, on the same jets.
    """

    tagger: str
    title: str
    color: Color
    trainings: int
    metrics: dict[str, Quantity | None]
    rejections: list[Rejection]
    gain: Difference
