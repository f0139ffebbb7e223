"""The result of a comparison, as stored in `comparison.json`: finite numbers only, null where none exists."""

from pathlib import Path
from typing import Literal, Self

from pydantic import NonNegativeInt, ValidationError, model_validator

from tagwerk.cards.dataset import Color
from tagwerk.checksums import read_json
from tagwerk.errors import UserError
from tagwerk.evaluation.agreement import PairAgreement
from tagwerk.evaluation.calibration import TaggerCalibration
from tagwerk.evaluation.class_results import ClassComparison
from tagwerk.evaluation.frozen import Frozen
from tagwerk.evaluation.mass_sculpting import MassSculpting
from tagwerk.evaluation.paired_results import PairedDifference
from tagwerk.evaluation.profiles import Profiles
from tagwerk.evaluation.quantities import Quantity as Quantity
from tagwerk.evaluation.quantities import Rejection as Rejection
from tagwerk.evaluation.robustness_result import TaggerRobustness
from tagwerk.evaluation.working_points import WorkingPoint

Outcome = Literal["winner", "ahead", "undecided", "alone"]
Judgement = Literal["holds", "not distinguished", "contradicted"]


class TrainingResult(Frozen):
    """The results of one seed; a rejection is null where no background jet passes."""

    seed: int
    metrics: dict[str, float]
    rejections: list[float | None]
    training_seconds: float
    epochs: int | None
    jets_per_second: float

    @property
    def auc(self) -> float:
        """The AUC, by which taggers are ranked."""
        return self.metrics["auc"]


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
    """All results of one tagger; `difference` is null for the best."""

    name: str
    title: str
    color: Color
    engine: str
    parameters: int | None
    training_jets: int
    training_seconds: float
    epochs: float | None
    jets_per_second: float
    threads: int | None
    metrics: dict[str, Quantity]
    rejections: list[Rejection]
    difference: Difference | None
    trainings: list[TrainingResult]
    curve: Curve
    versions: dict[str, str]

    @property
    def auc(self) -> Quantity:
        """The AUC, by which taggers are ranked."""
        return self.metrics["auc"]


class EnsembleResult(Frozen):
    """The mean of the class probabilities of a tagger's trainings, as one classifier.

    `gain` is the ensemble minus the mean of the single trainings, on the same jets.
    """

    tagger: str
    title: str
    color: Color
    trainings: int
    metrics: dict[str, Quantity]
    rejections: list[Rejection]
    gain: Difference


class LearningCurvePoint(Frozen):
    """One tagger trained on `jets` jets; the rejection is that at the middle working point.

    `difference` compares with the best tagger of the largest size, at this size; it is null for that tagger.
    """

    tagger: str
    title: str
    color: Color
    jets: NonNegativeInt
    trainings: int
    auc: Quantity
    rejection: Rejection
    difference: Difference | None


class Pair(Frozen):
    """AUC of the tagger expected to be better minus the other's, trained on `jets` jets, null for all."""

    jets: int | None
    better: str
    worse: str
    difference: Difference
    judgement: Judgement


class ExpectationResult(Frozen):
    """An expectation of the study card, judged pair by pair.

    `sizes` are the numbers of training jets, null for all, including those at which no pair was trained.
    """

    better: list[str]
    worse: list[str]
    source: str
    at_least: bool
    sizes: list[int | None]
    pairs: list[Pair]


class Comparison(Frozen):
    """A study's taggers on the same test jets; `best` is the name of the one with the highest AUC.

    `backgrounds` are the background classes with their fractions in the discriminant; the background jets are those of
    all of them, as they are in the test sample.

    `titles` are those of all taggers of the study, by name, including taggers without a run.

    `classes` are the results for all classes of the dataset, null where it has two.

    In a study with several training-sample sizes, `taggers`, `outcome`, `pairs` and `ensembles` are of the largest.
    """

    study: str
    dataset: str
    signal: str
    backgrounds: dict[str, float]
    signal_jets: NonNegativeInt
    background_jets: NonNegativeInt
    effective_background_jets: float
    replicas: int
    seed: int
    best: str
    outcome: Outcome
    titles: dict[str, str]
    taggers: list[TaggerResult]
    pairs: list[PairedDifference]
    ensembles: list[EnsembleResult]
    sizes: list[LearningCurvePoint]
    expectations: list[ExpectationResult]
    robustness: list[TaggerRobustness]
    classes: ClassComparison | None = None
    working_points: list[WorkingPoint] | None = None
    profiles: Profiles | None = None
    calibration: list[TaggerCalibration] | None = None
    mass_sculpting: MassSculpting | None = None
    agreement: list[PairAgreement] | None = None
    versions: dict[str, str]

    @model_validator(mode="after")
    def _is_consistent(self) -> Self:
        by_name = {tagger.name: tagger for tagger in self.taggers}
        if self.best not in by_name or len(by_name) < len(self.taggers):
            raise ValueError("its tagger names are not unique, or the best is not among them")
        if not self.backgrounds or self.signal in self.backgrounds:
            raise ValueError("it has no background class, or its signal class is one")
        points = {tuple(each.signal_efficiency for each in tagger.rejections) for tagger in self.taggers}
        if len(points) > 1 or not all(points):
            raise ValueError("its taggers are not evaluated at the same working points")
        if not {name for each in self.expectations for name in (*each.better, *each.worse)} <= self.titles.keys():
            raise ValueError("an expectation names a tagger without a title")
        if any(tagger.difference is None and tagger.name != self.best for tagger in self.taggers):
            raise ValueError("a tagger is not compared with the best")
        pairs = [pair for each in self.expectations for pair in each.pairs]
        evaluated = {*by_name, *(point.tagger for point in self.sizes)}
        if not {name for each in self.pairs for name in (each.first, each.second)} <= by_name.keys():
            raise ValueError("a pair has a tagger that was not evaluated")
        if not {each.tagger for each in self.ensembles} <= by_name.keys():
            raise ValueError("an ensemble is of a tagger that was not evaluated")
        if not {name for pair in pairs for name in (pair.better, pair.worse)} <= evaluated:
            raise ValueError("an expectation names a tagger that was not evaluated")
        return self

    @classmethod
    def load(cls, path: Path) -> "Comparison":
        """Return the comparison in a JSON file.

        Raises:
            UserError: the file is missing or is not a comparison.
        """
        try:
            return cls.model_validate_json(read_json(path, "tagwerk compare"))
        except ValidationError as error:
            first = error.errors()[0]
            key = ".".join(map(str, first["loc"])) or "the file"
            raise UserError(f"{path}: {key}: {first['msg']}; run `tagwerk compare` again") from None
