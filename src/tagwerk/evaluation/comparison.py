"""The result of a comparison, as stored in `comparison.json`: finite numbers only, null where none exists."""

from math import hypot
from pathlib import Path
from typing import Literal, Self

from pydantic import Field, NonNegativeInt, ValidationError, model_validator

from tagwerk.cards.class_styles import ClassStyle
from tagwerk.cards.dataset import Color
from tagwerk.checksums import read_json, unusable_file
from tagwerk.evaluation.agreement import PairAgreement
from tagwerk.evaluation.alternative_results import AlternativeSample
from tagwerk.evaluation.calibration import TaggerCalibration
from tagwerk.evaluation.class_results import ClassComparison
from tagwerk.evaluation.frozen import Frozen
from tagwerk.evaluation.label_results import TaggerLabels
from tagwerk.evaluation.mass_sculpting import MassSculpting
from tagwerk.evaluation.paired_results import PairedDifference
from tagwerk.evaluation.profiles import Profiles
from tagwerk.evaluation.quantities import Quantity, Rejection
from tagwerk.evaluation.robustness_result import TaggerRobustness
from tagwerk.evaluation.scaling_results import ScalingFit
from tagwerk.evaluation.tagger_results import (
    Curve,
    Difference,
    EnsembleResult,
    MixedEnsembleResult,
    Ratio,
    TaggerResult,
)
from tagwerk.evaluation.working_points import WorkingPoint

Outcome = Literal["winner", "ahead", "undecided", "alone"]
Judgement = Literal["holds", "not distinguished", "contradicted"]


class ScoreFileResult(Frozen):
    """Score files of a tagger, and how their jets were matched.

    `by` is identity or position, or reference where they are the test jets themselves; `superfluous` the number of
    further jets in the files, `left_out` that of jets with labels of no class, `zero_weights` that of test jets left
    out for a weight of zero.
    """

    tagger: str
    file: str
    by: Literal["identity", "position", "reference"]
    jets: NonNegativeInt
    superfluous: NonNegativeInt
    left_out: NonNegativeInt
    zero_weights: NonNegativeInt


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


class LimitDistance(Frozen):
    """How far one tagger, trained on `jets` jets (null for all), is below the best possible AUC, on the same jets.

    `auc` is the optimum's AUC minus the tagger's, `uncertainty` from the finite test sample, and `training` that of the
    tagger's mean over its trainings, null for a single one. `ratios` are the tagger's rejections over the optimum's;
    `ahead` in them is the fraction of replicas in which the tagger's is higher.
    """

    tagger: str
    title: str
    color: Color
    jets: NonNegativeInt | None
    trainings: int
    auc: float
    uncertainty: float
    training: float | None
    ratios: list[Ratio]

    @property
    def total(self) -> float:
        """The uncertainty from test sample and trainings, in quadrature."""
        return hypot(self.uncertainty, self.training or 0.0)


class Optimum(Frozen):
    """The best possible tagger of the sample: what it reaches, and each tagger's distance to it at each size.

    The ratio in `curve` is that of its rejection to the best tagger's.
    """

    tagger: str
    title: str
    color: Color
    auc: Quantity
    rejections: list[Rejection]
    curve: Curve
    distances: list[LimitDistance]


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


class CategoryResult(Frozen):
    """The comparison of the taggers on the test jets of one category, as on all jets, at its own working points.

    Thresholds are chosen on the validation jets of the category. Robustness and expectations are of all jets alone.
    """

    name: str
    title: str
    selection: str
    comparison: "Comparison"


class Comparison(Frozen):
    """A study's taggers on the same test jets; `best` is the name of the one with the highest AUC.

    `backgrounds` are the background classes with their fractions in the discriminant; the background jets are those of
    all of them, as they are in the test sample.

    `titles` are those of all taggers of the study, by name, including taggers without a run; `styles` the
    labels and colours of the classes.

    `classes` are the results for all classes of the dataset, null where it has two.

    `optimum` is the best possible tagger, null where none is known.

    `scaling` are the fits of the loss as a function of the number of training jets, if there are at least three sizes.

    `alternatives` are the taggers' results on samples that none was trained on.

    `categories` are the results for selected jets, each at working points of its own; null where the study has none.

    `constituent_labels` are of the taggers that label constituents.

    In a study with several training-sample sizes, `taggers`, `outcome`, `pairs` and `ensembles` are of the largest.
    """

    study: str
    dataset: str
    signal: str
    backgrounds: dict[str, float]
    signal_jets: NonNegativeInt
    background_jets: NonNegativeInt
    effective_background_jets: float
    styles: list[ClassStyle]
    replicas: int
    seed: int
    best: str
    outcome: Outcome
    titles: dict[str, str]
    taggers: list[TaggerResult]
    pairs: list[PairedDifference]
    ensembles: list[EnsembleResult]
    mixed_ensembles: list[MixedEnsembleResult] = Field(default_factory=list)
    sizes: list[LearningCurvePoint]
    scaling: list[ScalingFit] = Field(default_factory=list)
    expectations: list[ExpectationResult]
    robustness: list[TaggerRobustness]
    alternatives: list[AlternativeSample] = Field(default_factory=list)
    classes: ClassComparison | None = None
    working_points: list[WorkingPoint] | None = None
    profiles: Profiles | None = None
    calibration: list[TaggerCalibration] | None = None
    mass_sculpting: MassSculpting | None = None
    agreement: list[PairAgreement] | None = None
    constituent_labels: list[TaggerLabels] = Field(default_factory=list)
    score_files: list[ScoreFileResult]
    optimum: Optimum | None = None
    categories: list[CategoryResult] | None = None
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
        if not {each.tagger for each in self.score_files} <= self.titles.keys():
            raise ValueError("score files have no title")
        if any(tagger.difference is None and tagger.name != self.best for tagger in self.taggers):
            raise ValueError("a tagger is not compared with the best")
        if not {each.tagger for each in self.constituent_labels} <= by_name.keys():
            raise ValueError("labels of constituents are of a tagger that was not evaluated")
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
            raise unusable_file(path, f"{key}: {first['msg']}", "tagwerk compare") from None
