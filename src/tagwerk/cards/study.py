"""The study card: which taggers are compared, on which dataset, with what budget."""

from collections.abc import Mapping
from math import ceil
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Any, NamedTuple, Self

from annotated_types import Ge, Gt, Le, Lt
from pydantic import (
    BeforeValidator,
    Field,
    NonNegativeInt,
    PositiveInt,
    ValidationError,
    field_validator,
    model_validator,
)

from tagwerk.cards.advice import suggest_feature, suggest_scalar, suggest_sequence, suggest_tree
from tagwerk.cards.base import Card, describe_error, first_duplicate, root_errors, suggestion
from tagwerk.cards.class_styles import ClassStyle, class_styles
from tagwerk.cards.dataset import Dataset
from tagwerk.cards.expectation import Expectation
from tagwerk.cards.experiment import FROM_FILES, SIMULATED, Experiment
from tagwerk.cards.fractions import check_fractions
from tagwerk.cards.generator_kinds import AnyGenerator
from tagwerk.cards.locate import named_card
from tagwerk.cards.probing import Robustness
from tagwerk.cards.score_files import NamedScoreFiles, ScoreFiles
from tagwerk.cards.tagger import Tagger
from tagwerk.cards.titles import Text
from tagwerk.errors import UserError, error_context
from tagwerk.jets.features import FEATURES, PT_ETA_PHI_ENERGY
from tagwerk.jets.node_features import NODE_FEATURES

MAX_SEED = 2**32 - 1  # that NumPy, Keras and scikit-learn accept
_MAX_WORKING_POINTS = 10  # columns of a table

Seed = Annotated[int, Ge(0), Le(MAX_SEED)]
Efficiency = Annotated[float, Gt(0), Lt(1)]


# Keys that a study without taggers of its own does not have.
_TRAINING_KEYS = ("dataset", "optimum", "jets", "fold", "seeds", "training_jets", "epochs", "epochs_at")


def _as_list(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


class Study(Card):
    """A comparison: a dataset, taggers, seeds, a training budget and working points; or score files, or both."""

    FOLDER = "studies"

    title: Text = Field(description="title of the report")
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
    signal: str = Field(description="signal class")
    background: Annotated[list[str], BeforeValidator(_as_list)] = Field(
        min_length=1, description="background class, or a list of several"
    )
    fractions: dict[str, Annotated[float, Ge(0), Le(1)]] = Field(
        default={}, description="of each of several background classes in the discriminant; they add up to one"
    )
    working_points: list[Efficiency] = Field(
        default=[0.3, 0.5, 0.7],
        min_length=1,
        max_length=_MAX_WORKING_POINTS,
        description="signal efficiencies at which rejections are quoted",
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

    @field_validator("taggers", "seeds", "training_jets", "background", "flat_in", "profiles")
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

    @field_validator("working_points")
    @classmethod
    def _are_distinct(cls, values: list[float]) -> list[float]:
        labels = [f"{value:g}" for value in values]  # as in table headers
        if (label := first_duplicate(labels)) is not None:
            raise ValueError(f"{label} is duplicated; name it once")
        return values

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
        """Return tagger, number of training jets (None for all) and seed of all trainings.

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


class Cards(NamedTuple):
    """A study card and all cards that it names; without taggers of its own it has no dataset."""

    study: Study
    dataset: Dataset | None
    taggers: dict[str, Tagger]
    dataset_path: Path = Path("Dataset")
    scores: Mapping[str, ScoreFiles] = MappingProxyType({})

    @property
    def compared(self) -> dict[str, Tagger | ScoreFiles]:
        """The taggers and score files by name, in the order of the card."""
        return {**self.taggers, **self.scores}

    @property
    def classes(self) -> list[ClassStyle]:
        """The classes, in the order of the labels."""
        if self.dataset is not None:
            return [ClassStyle(name=each.name, label=each.label, color=each.color) for each in self.dataset.classes]
        named = [name for card in self.scores.values() for name in card.classes]
        return class_styles(self.study.classes, named, self.study.signal, self.study.background)

    @property
    def variables(self) -> list[str]:
        """The names of the variables of the test jets, against which efficiencies can be measured."""
        own = [] if self.dataset is None else [*self.dataset.scalars, *(f"n_{name}" for name in self.dataset.sequences)]
        return list(dict.fromkeys([*own, *(name for card in self.scores.values() for name in card.variables)]))

    @property
    def title(self) -> str:
        """What figures call the jets: the title of the dataset, or without one that of the study."""
        return self.study.title if self.dataset is None else self.dataset.title

    def require_dataset(self) -> Dataset:
        """Return the dataset.

        Raises:
            UserError: the study has none.
        """
        if self.dataset is None:
            raise UserError(f"the study '{self.study.title}' has no taggers to train, only score files; give it some")
        return self.dataset

    def experiment(self) -> Experiment:
        """Return the label of the figures: the study's or, with the word Simulation for simulated jets, Tagwerk's."""
        return self.study.experiment or (
            SIMULATED if self.dataset is not None and self.dataset.generator is not None else FROM_FILES
        )

    def parts(self) -> list[str]:
        """Return the parts of the dataset that the study uses.

        A study of fewer jets uses the first files of every process, so that studies share files.
        """
        if self.dataset is None:
            return []
        generator = self.dataset.generator
        if generator is None or self.study.jets is None:
            with error_context(self.dataset_path):
                return list(self.dataset.parts())
        files = ceil(self.study.jets / len(generator.processes) / generator.jets_per_file)
        return generator.model_copy(update={"files": files}).parts()


def load_cards(card: Path | str) -> Cards:
    """Return a study card, given by path or name, and all cards that it names, checked against one another.

    Datasets and taggers are in the folders `datasets` and `taggers` next to the card's own, or Tagwerk's own.

    Raises:
        UserError: a card is missing or wrong, or a name in one is not in another.
    """
    path, study = Study.located(card)
    scores = dict(_located_scores(path, entry) for entry in study.scores)
    located = {
        name: Tagger.located(named_card(Tagger.FOLDER, name, path, "optimum" if name == study.optimum else "taggers"))
        for name in study.all_taggers
    }
    taggers = {name: tagger for name, (_, tagger) in located.items()}
    _check_titles(path, taggers, scores)
    if study.dataset is None:
        cards = Cards(study, None, taggers, scores=scores)
    else:
        dataset_path, dataset = Dataset.located(named_card(Dataset.FOLDER, study.dataset, path, "dataset"))
        cards = Cards(study, dataset, taggers, dataset_path, scores)
        _check_dataset(path, study, dataset)
        for tagger_path, tagger in located.values():
            check_inputs(tagger_path, tagger, dataset, study.dataset)
            _check_trained_classes(tagger_path, tagger, study)
    _check_study(path, cards)
    return cards


def _located_scores(path: Path, entry: str | NamedScoreFiles) -> tuple[str, ScoreFiles]:
    """Return the name of score files, and their card."""
    if isinstance(entry, NamedScoreFiles):
        return entry.name, entry
    return entry, ScoreFiles.located(named_card(ScoreFiles.FOLDER, entry, path, "scores"))[1]


def check_inputs(path: Path, tagger: Tagger, dataset: Dataset, name: str) -> None:
    """Raise UserError if a tagger needs an input that the dataset of that name does not have."""
    where = f"in dataset '{name}'"
    for scalar in tagger.inputs.scalars:
        if scalar not in dataset.scalars:
            raise _missing_input(path, "inputs.scalars", scalar, where, suggest_scalar(scalar, dataset))
    for sequence, features in tagger.inputs.sequences.items():
        if sequence not in dataset.sequences:
            raise _missing_input(path, "inputs.sequences", sequence, where, suggest_sequence(sequence, dataset))
        for feature in features:
            if feature not in (*PT_ETA_PHI_ENERGY, *FEATURES, *dataset.sequences[sequence].extra):
                key, advice = f"inputs.sequences.{sequence}", suggest_feature(feature, sequence, dataset)
                raise _missing_input(path, key, feature, where, advice)
        if tagger.needs_truth and dataset.sequences[sequence].truth is None:
            raise UserError(
                f"{path}: key 'architecture': '{tagger.architecture}' learns the truth of constituents, which dataset "
                f"'{name}' lacks; give the key 'sequences.{sequence}.truth' in its card"
            )
    for tree, features in tagger.inputs.trees.items():
        if tree not in dataset.trees():
            raise _missing_input(path, "inputs.trees", tree, where, suggest_tree(tree, dataset))
        for feature in features:
            _require_known(path, f"inputs.trees.{tree}", feature, list(NODE_FEATURES), "among the features of nodes")
    _check_classes(path, tagger, [jet_class.name for jet_class in dataset.classes], name)


def _check_classes(path: Path, tagger: Tagger, classes: list[str], dataset: str) -> None:
    """Raise UserError if a tagger names a class that the dataset lacks."""
    named = {"training.classes": tagger.training.classes, "training.class_weights": [*tagger.training.class_weights]}
    if tagger.all_hyperparameters.get("signal") is not None:
        named["hyperparameters.signal"] = [tagger.all_hyperparameters["signal"]]
    for key, names in named.items():
        for name in names:
            _require_known(path, key, name, classes, f"among the classes of dataset '{dataset}'")
    trained = set(tagger.training.classes)
    if len(trained) == 1 and "scores" in tagger.loss_weights:
        raise UserError(
            f"{path}: key 'training.classes': a classifier of '{tagger.training.classes[0]}' needs a second class; "
            "name one or drop the key"
        )
    if trained == set(classes):
        raise UserError(f"{path}: key 'training.classes': all classes are named; leave one out or drop the key")


def _check_study(path: Path, cards: Cards) -> None:
    study, classes = cards.study, [each.name for each in cards.classes]
    where = "among the classes of " + ("the score files" if study.dataset is None else f"dataset '{study.dataset}'")
    _require_known(path, "signal", study.signal, classes, where)
    for name in study.backgrounds:
        _require_known(path, "background", name, classes, where)
        if study.signal == name:
            raise UserError(f"{path}: keys 'signal' and 'background' are both '{study.signal}'; name two classes")
    named = list(dict.fromkeys(each for card in cards.scores.values() for each in card.classes))
    for style in study.classes:
        _require_known(path, "classes", style.name, named, "among the classes of the score files")
    for name, card in cards.scores.items():
        for each in card.classes:
            _require_known(path, f"scores: classes of '{name}'", each, classes, where)
        for key, each in [("signal", study.signal), *(("background", each) for each in study.background)]:
            _require_known(path, key, each, list(card.classes), f"among the classes of score files '{name}'")
    for index, expectation in enumerate(study.expectations):
        for side, names in {"better": expectation.better, "worse": expectation.worse}.items():
            for name in names:
                key = f"expectations.{index}.{side}"
                _require_known(path, key, name, list(cards.compared), "among the taggers of this study")

    for key, names in {"flat_in": study.flat_in, "profiles": study.profiles}.items():
        for name in names:
            _require_known(path, key, name, cards.variables, "among the variables of the jets")


def _check_dataset(path: Path, study: Study, dataset: Dataset) -> None:
    try:
        dataset.split.pieces(study.fold)
    except UserError as error:
        raise UserError(f"{path}: key 'fold': {error}") from None
    if dataset.generator is not None:
        _check_jet_counts(path, study, dataset.generator)
    elif study.jets is not None:
        raise UserError(f"{path}: key 'jets' is for simulated datasets, but '{study.dataset}' has files; drop the key")


def _check_trained_classes(path: Path, tagger: Tagger, study: Study) -> None:
    """Raise UserError if a classifier is not trained on the signal or a background class: its score is undefined."""
    trained = tagger.training.classes
    for name, key in {study.signal: "signal", **dict.fromkeys(study.backgrounds, "background")}.items():
        if trained and name not in trained and "scores" in tagger.loss_weights:
            reason = f"'{name}', the {key} of the study, is not among them"
            raise UserError(f"{path}: key 'training.classes': {reason}; add it or drop the key")


def _check_titles(path: Path, taggers: dict[str, Tagger], scores: dict[str, ScoreFiles]) -> None:
    """Raise UserError if two taggers have the same name, or would have the same title in figures and tables."""
    seen: dict[str, str] = {}
    for name, tagger in taggers.items():
        other = seen.setdefault(tagger.title, name)
        if other != name:
            reason = f"'{other}' and '{name}' have the same title, '{tagger.title}'"
            raise UserError(f"{path}: key 'taggers': {reason}; change one of their cards")
    for name, card in scores.items():
        if name in taggers:
            raise UserError(f"{path}: key 'scores': '{name}' is also the name of a tagger; rename one")
        if (other := seen.setdefault(card.title, name)) != name:
            reason = f"'{other}' and '{name}' have the same title, '{card.title}'"
            raise UserError(f"{path}: key 'scores': {reason}; change one of their cards")


def _check_jet_counts(path: Path, study: Study, generator: AnyGenerator) -> None:
    """Raise UserError if a study asks for more jets than are simulated."""
    simulated = generator.files * generator.jets_per_file * len(generator.processes)
    used = study.jets or simulated
    if used > simulated:
        raise UserError(
            f"{path}: key 'jets': {used} is more than the {simulated} that dataset "
            f"'{study.dataset}' simulates; raise its 'generator.files' or ask for fewer"
        )
    for jets in study.training_jets:
        if jets > used:
            raise UserError(
                f"{path}: key 'training_jets': {jets} is more than the {used} jets of the study, only some of "
                "which are for training; ask for fewer"
            )


def _missing_input(path: Path, key: str, name: str, where: str, advice: str) -> UserError:
    return UserError(f"{path}: key '{key}': there is no '{name}' {where}; {advice}")


def _require_known(path: Path, key: str, name: str, known: list[str], where: str) -> None:
    if name not in known:
        raise UserError(f"{path}: key '{key}': there is no '{name}' {where}; {suggestion(name, known)}")
