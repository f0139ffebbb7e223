"""The study card: which taggers are compared, on which dataset, with what budget."""

from typing import Annotated, Any, Self

from annotated_types import Ge, Le
from pydantic import (
    BeforeValidator,
    Field,
    NonNegativeInt,
    PositiveInt,
    ValidationError,
    field_validator,
    model_validator,
)

from tagwerk.cards.base import Card, describe_error, first_duplicate, root_errors
from tagwerk.cards.category import Category
from tagwerk.cards.class_styles import ClassStyle
from tagwerk.cards.ensembles import Ensembles
from tagwerk.cards.expectation import Expectation
from tagwerk.cards.experiment import Experiment
from tagwerk.cards.exported import Export, as_export
from tagwerk.cards.fractions import check_fractions
from tagwerk.cards.probing import Robustness
from tagwerk.cards.publication import Publication
from tagwerk.cards.score_files import NamedScoreFiles
from tagwerk.cards.signal_efficiencies import Efficiency, WorkingPoints
from tagwerk.cards.tagger import TrainingSettings
from tagwerk.cards.titles import FigureText

MAX_SEED = 2**32 - 1  # that NumPy, Keras and scikit-learn accept

Seed = Annotated[int, Ge(0), Le(MAX_SEED)]


# Keys that a study without taggers of its own does not have.
_TRAINING_KEYS = (
    "dataset",
    "optimum",
    "jets",
    "fold",
    "seeds",
    "training_jets",
    "epochs",
    "epochs_at",
    "training",
    "alternative_samples",
)


def _as_list(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


class Study(Card):
    """A comparison: a dataset, taggers, seeds, a training budget and working points; or score files, or both."""

    FOLDER = "studies"

    title: FigureText = Field(description="title of the report")
    dataset: str | None = Field(default=None, description="name of a card in config/datasets; required with `taggers`")
    jets: PositiveInt | None = Field(
        default=None, description="number of jets, for a simulated dataset; all by default"
    )
    fold: NonNegativeInt = Field(default=0, description="the test fold, if the dataset is split into folds")
    taggers: list[str] = Field(
        default=[], description="names of cards in config/taggers; may be left out in a study of score files"
    )
    scores: list[str | NamedScoreFiles] = Field(
        default=[],
        description="score files to compare: names of cards in config/scores, or the content of such cards with a name",
    )
    classes: list[ClassStyle] = Field(
        default=[], description="names in figures and colours of the classes; for a study of score files alone"
    )
    optimum: str | None = Field(
        default=None,
        description="name of a card in config/taggers: the best possible tagger, such as the likelihood ratio of a "
        "generator of kind `exact`; it is the limit to which the taggers are compared, and not ranked among them",
    )
    seeds: list[Seed] = Field(default=[1], min_length=1, description="each tagger is trained once per seed")
    training_jets: list[PositiveInt] = Field(
        default=[], description="training-set sizes; each tagger is trained at each of them; all jets by default"
    )
    epochs: PositiveInt | None = Field(
        default=None, description="maximum number of training epochs of a network; required with `taggers`"
    )
    epochs_at: list[PositiveInt] = Field(
        default=[], description="maximum number of epochs at each size in `training_jets`; `epochs` by default"
    )
    training: TrainingSettings | None = Field(
        default=None,
        description="settings that replace those in the section `training` of every tagger's card",
    )
    alternative_samples: list[str] = Field(
        default=[],
        description="names of cards in config/datasets: samples that no tagger is trained on, such as of another "
        "parton shower, with the same classes and variables; the report gives the change of performance on them",
    )
    ensembles: Ensembles = Field(
        default=[],
        description="groups of taggers by name, such as `recurrent` and `attention`; the best of each group on the "
        "validation jets together are evaluated as one classifier",
    )
    signal: str = Field(description="signal class")
    background: Annotated[list[str], BeforeValidator(_as_list)] = Field(
        min_length=1, description="background class, or a list of several"
    )
    fractions: dict[str, Annotated[float, Ge(0), Le(1)]] = Field(
        default={}, description="of each of several background classes in the discriminant; they add up to one"
    )
    working_points: WorkingPoints = Field(
        default=[0.3, 0.5, 0.7], description="signal efficiencies at which rejections are quoted"
    )
    class_efficiencies: dict[str, Efficiency] = Field(
        default={},
        description="with three classes or more, the efficiency of a class at which its rejections are quoted; the "
        "middle one of `working_points` by default",
    )
    categories: list[Category] = Field(
        default=[], description="categories of jets that are also evaluated separately, such as by number of prongs"
    )
    experiment: Experiment | None = Field(
        default=None, description="style and label of the figures; Tagwerk's own by default"
    )
    flat_in: list[str] = Field(
        default=[],
        max_length=2,
        description="one or two jet variables in which working points also have a flat signal efficiency",
    )
    profiles: list[str] = Field(
        default=[],
        description="jet variables against which efficiencies are drawn; pt, eta, mass and the number of constituents "
        "of the first sequence by default",
    )
    robustness: Robustness = Field(
        default=Robustness(), description="how the first training of each tagger is probed with changed test jets"
    )
    export: Annotated[Export | None, BeforeValidator(as_export)] = Field(
        default=None,
        description="which taggers are also written as ONNX files, each with a model card; instead of the section, its "
        "`layouts`, or `true` for `tagwerk`",
    )
    publication: Publication = Field(
        default=Publication(), description="authors, licence and citation, for model cards, HEPData and archives"
    )
    expectations: list[Expectation] = Field(default=[], description="published patterns for the report to check")

    @field_validator("scores")
    @classmethod
    def _names_are_unique(cls, values: list[str | NamedScoreFiles]) -> list[str | NamedScoreFiles]:
        names = [entry if isinstance(entry, str) else entry.name for entry in values]
        if (name := first_duplicate(names)) is not None:
            raise ValueError(f"'{name}' is duplicated; give each its own name")
        return values

    @field_validator("classes")
    @classmethod
    def _classes_are_unique(cls, values: list[ClassStyle]) -> list[ClassStyle]:
        if (name := first_duplicate(each.name for each in values)) is not None:
            raise ValueError(f"'{name}' is duplicated; name it once")
        return values

    @field_validator("categories")
    @classmethod
    def _categories_are_unique(cls, values: list[Category]) -> list[Category]:
        for key in ("name", "title"):
            if (text := first_duplicate(getattr(each, key) for each in values)) is not None:
                raise ValueError(f"the {key} '{text}' is duplicated; give each its own")
        return values

    @field_validator("taggers", "seeds", "training_jets", "background", "flat_in", "profiles", "alternative_samples")
    @classmethod
    def _values_are_unique(cls, values: list[Any]) -> list[Any]:
        if (value := first_duplicate(values)) is not None:
            raise ValueError(f"{value!r} is duplicated; name it once")
        return values

    @model_validator(mode="after")
    def _optimum_is_not_ranked(self) -> Self:
        if self.optimum in self.taggers:
            raise ValueError(f"key 'optimum': '{self.optimum}' is also in 'taggers'; leave it out there")
        return self

    @model_validator(mode="before")
    @classmethod
    def _validate_score_files(cls, values: Any) -> Any:
        """Validate the mappings in `scores` here: as members of a union, their errors would also be about names."""
        entries = values.get("scores") if isinstance(values, dict) else None
        if not isinstance(entries, list):
            return values
        return values | {"scores": [_score_files(index, entry) for index, entry in enumerate(entries)]}

    @model_validator(mode="after")
    def _has_what_its_taggers_need(self) -> Self:
        if not self.taggers and not self.scores:
            empty = "must have at least 1 item, not []" if "taggers" in self.model_fields_set else "is missing; add it"
            raise ValueError(f"key 'taggers' {empty}, or give the key 'scores'")
        for key in ("dataset", "epochs"):
            if self.taggers and getattr(self, key) is None:
                raise ValueError(f"key '{key}' is missing; add it")
        for key in () if self.taggers else _TRAINING_KEYS:
            if key in self.model_fields_set:
                raise ValueError(f"key '{key}' is for taggers that Tagwerk trains; name one in 'taggers', or drop it")
        if self.classes and self.dataset is not None:
            raise ValueError("key 'classes' is for studies without a dataset, whose card has them; drop it")
        return self

    @model_validator(mode="after")
    def _has_epochs_at_every_size(self) -> Self:
        if self.epochs_at and len(self.epochs_at) != len(self.training_jets):
            counts = f"has {len(self.epochs_at)} values, but 'training_jets' has {len(self.training_jets)}"
            raise ValueError(f"key 'epochs_at': {counts}; give one for each")
        return self

    @property
    def backgrounds(self) -> dict[str, float]:
        """The background classes with their fractions in the discriminant, in the order of the card."""
        return {name: self.fractions.get(name, 1.0) for name in self.background}

    @model_validator(mode="after")
    def _has_a_fraction_of_every_background(self) -> Self:
        check_fractions(self.background, self.fractions)
        return self

    @property
    def all_taggers(self) -> list[str]:
        """The names of all taggers, the optimum last."""
        return self.taggers if self.optimum is None else [*self.taggers, self.optimum]

    def runs(self) -> list[tuple[str, int | None, int]]:
        """Return tagger, number of training jets (None for all) and seed of all trainings, as `Cards.runs` has them.

        The optimum is trained once, on the most jets: how it ranks the jets does not depend on the training.
        """
        sizes: list[int | None] = [*self.training_jets] or [None]
        ranked = [(tagger, jets, seed) for tagger in self.taggers for jets in sizes for seed in self.seeds]
        if self.optimum is None:
            return ranked
        return [*ranked, (self.optimum, max(self.training_jets, default=None), self.seeds[0])]

    def max_epochs(self, jets: int | None) -> int:
        """Return the maximum number of epochs on `jets` training jets, or on all for None."""
        assert self.epochs is not None, "a study that trains taggers has epochs"
        return dict(zip(self.training_jets, self.epochs_at, strict=False)).get(jets or 0, self.epochs)


def _score_files(index: int, entry: Any) -> Any:
    """Return an entry of `scores`: a name, or score files from a mapping."""
    if isinstance(entry, str | NamedScoreFiles):
        return entry
    try:
        return NamedScoreFiles.model_validate(entry)
    except ValidationError as error:
        errors = [describe_error(detail, f"scores.{index}") for detail in root_errors(error)]
        raise ValueError("; ".join(errors)) from None
