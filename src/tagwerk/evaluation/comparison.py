"""The result of a comparison, as stored in `comparison.json`: finite numbers only, null where none exists."""

from pathlib import Path
from typing import Literal, Self

from pydantic import Field, NonNegativeInt, ValidationError, model_validator
from pydantic_core import from_json

from tagwerk.cards.class_styles import ClassStyle
from tagwerk.checksums import read_json, unusable_file
from tagwerk.errors import UserError
from tagwerk.evaluation.agreement import PairAgreement
from tagwerk.evaluation.alternative_results import AlternativeSample
from tagwerk.evaluation.calibration import TaggerCalibration
from tagwerk.evaluation.class_results import ClassComparison
from tagwerk.evaluation.expectation_results import ExpectationResult
from tagwerk.evaluation.frozen import Frozen
from tagwerk.evaluation.label_results import TaggerLabels
from tagwerk.evaluation.learning_results import LearningCurvePoint
from tagwerk.evaluation.mass_sculpting import MassSculpting
from tagwerk.evaluation.optimum_results import Optimum
from tagwerk.evaluation.paired_results import PairedDifference
from tagwerk.evaluation.profiles import Profiles
from tagwerk.evaluation.robustness_result import TaggerRobustness
from tagwerk.evaluation.scaling_results import ScalingFit
from tagwerk.evaluation.score_file_results import ScoreFileResult
from tagwerk.evaluation.tagger_results import (
    EnsembleResult,
    MixedEnsembleResult,
    TaggerResult,
)
from tagwerk.evaluation.working_points import WorkingPoint

SchemaVersion = Literal["1.1"]
SCHEMA_VERSION: SchemaVersion = "1.1"  # docs/comparison.md tells what raises it

Outcome = Literal["winner", "ahead", "undecided", "alone"]
_MADE_BY = "tagwerk compare"


class CategoryResult(Frozen):
    """The comparison of the taggers on the test jets of one category, as on all jets, at its own working points.

    Thresholds are chosen on the validation jets of the category. Robustness and expectations are of all jets alone.

    Attributes:
        name: of the category.
        title: in tables and figures.
        selection: of its jets, in terms of jet variables.
        comparison: on its jets.
    """

    name: str
    title: str
    selection: str
    comparison: "Comparison"


class Comparison(Frozen):
    """A study's taggers on the same test jets.

    In a study with several training-sample sizes, `taggers`, `outcome`, `pairs` and `ensembles` are of the largest.

    Attributes:
        schema_version: of this format, MAJOR.MINOR. MAJOR is raised when a key is removed or renamed, or its type, unit
            or meaning changes; MINOR when keys are added.
        study: its title.
        dataset: title of the dataset.
        signal: the signal class.
        backgrounds: the background classes with their fractions in the discriminant p_signal / (p_signal + Σ f
            p_background); the background jets are those of all of them, as they are in the test sample.
        signal_jets: number of signal test jets.
        background_jets: number of background test jets.
        effective_background_jets: the effective number (Σw)²/Σw² of background test jets.
        styles: labels and colours of the classes, in the order of the class index.
        replicas: number of bootstrap replicas.
        seed: of the replicas.
        best: name of the tagger with the highest AUC.
        outcome: `winner` if the best is ahead of all others by three standard deviations or more, corrected for their
            number, `ahead` if by two, `undecided` if by less, `alone` for a single tagger.
        titles: of all taggers of the study by name, including those without a run.
        taggers: results of each.
        pairs: differences between every two taggers.
        ensembles: of each tagger with several trainings.
        mixed_ensembles: of different taggers, if the study asks for them.
        sizes: performance as a function of the number of training jets, for studies of several sizes.
        scaling: fits of the loss as a function of the number of training jets, if there are at least three sizes.
        expectations: published patterns of the study card, judged.
        robustness: of each tagger that was probed.
        alternatives: the taggers' results on samples that none was trained on.
        classes: results for all classes of the dataset; null where it has two.
        working_points: thresholds and the efficiencies measured with them; null where none were measured.
        profiles: efficiencies as functions of jet variables; null without such variables.
        calibration: of the taggers whose scores are probabilities; null where none is measured.
        mass_sculpting: the background's mass behind the cuts; null without a mass.
        agreement: of every two taggers; null where it is not measured.
        constituent_labels: of the taggers that label constituents.
        score_files: files of scores from elsewhere.
        optimum: the best possible tagger; null where none is known.
        categories: results for selected jets, each at working points of its own; null where the study has none.
        versions: of the packages that made the comparison, by name.
    """

    schema_version: SchemaVersion = SCHEMA_VERSION
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
        content = read_json(path, _MADE_BY)
        _check_version(path, content)
        try:
            return cls.model_validate_json(content)
        except ValidationError as error:
            first = error.errors()[0]
            key = ".".join(map(str, first["loc"])) or "the file"
            raise unusable_file(path, f"{key}: {first['msg']}", _MADE_BY) from None


def _check_version(path: Path, content: bytes) -> None:
    """Raise UserError for a comparison of another version of the schema, or of none; other faults are found later."""
    try:
        values = from_json(content)
    except ValueError:
        return
    if not isinstance(values, dict):
        return
    found = values.get("schema_version")
    if found is None and "taggers" in values:
        raise unusable_file(path, "key 'schema_version' is missing: made by an older Tagwerk", _MADE_BY)
    if found not in (None, SCHEMA_VERSION):
        what = f"key 'schema_version' is {found!r}, but this Tagwerk reads {SCHEMA_VERSION!r}"
        raise UserError(f"{path}: {what}; run `{_MADE_BY}` again, or use the Tagwerk that wrote it")
