"""The study card: which taggers are compared, on which dataset, with what budget."""

from math import ceil
from pathlib import Path
from typing import Annotated, Any, NamedTuple, Self

from annotated_types import Ge, Gt, Le, Lt
from pydantic import BeforeValidator, Field, NonNegativeInt, PositiveInt, field_validator, model_validator

from tagwerk.cards.advice import suggest_feature, suggest_scalar, suggest_sequence, suggest_tree
from tagwerk.cards.base import Card, first_duplicate, suggestion
from tagwerk.cards.dataset import Dataset
from tagwerk.cards.expectation import Expectation
from tagwerk.cards.experiment import FROM_FILES, SIMULATED, Experiment
from tagwerk.cards.fractions import check_fractions
from tagwerk.cards.generator import Generator
from tagwerk.cards.locate import named_card
from tagwerk.cards.probing import Robustness
from tagwerk.cards.tagger import Tagger
from tagwerk.cards.titles import Text
from tagwerk.errors import UserError, error_context
from tagwerk.jets.features import FEATURES, PT_ETA_PHI_ENERGY
from tagwerk.jets.node_features import NODE_FEATURES

MAX_SEED = 2**32 - 1  # that NumPy, Keras and scikit-learn accept
_MAX_WORKING_POINTS = 10  # columns of a table

Seed = Annotated[int, Ge(0), Le(MAX_SEED)]
Efficiency = Annotated[float, Gt(0), Lt(1)]


def _as_list(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


class Study(Card):
    """A comparison: a dataset, taggers, seeds, a training budget and working points."""

    FOLDER = "studies"

    title: Text = Field(description="title of the report")
    dataset: str = Field(description="name of a card in config/datasets")
    jets: PositiveInt | None = Field(
        default=None, description="number of jets, for a simulated dataset; all by default"
    )
    fold: NonNegativeInt = Field(default=0, description="the test fold, if the dataset is split into folds")
    taggers: list[str] = Field(min_length=1, description="names of cards in config/taggers")
    seeds: list[Seed] = Field(default=[1], min_length=1, description="each tagger is trained once per seed")
    training_jets: list[PositiveInt] = Field(
        default=[], description="training-set sizes; each tagger is trained at each of them; all jets by default"
    )
    epochs: PositiveInt = Field(description="maximum number of training epochs of a network")
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

    @field_validator("taggers", "seeds", "training_jets", "background", "flat_in", "profiles")
    @classmethod
    def _values_are_unique(cls, values: list[Any]) -> list[Any]:
        if (value := first_duplicate(values)) is not None:
            raise ValueError(f"{value!r} is duplicated; name it once")
        return values

    @field_validator("working_points")
    @classmethod
    def _are_distinct(cls, values: list[float]) -> list[float]:
        labels = [f"{value:g}" for value in values]  # as in table headers
        if (label := first_duplicate(labels)) is not None:
            raise ValueError(f"{label} is duplicated; name it once")
        return values

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

    def max_epochs(self, jets: int | None) -> int:
        """Return the maximum number of epochs on `jets` training jets, or on all for None."""
        return dict(zip(self.training_jets, self.epochs_at, strict=False)).get(jets or 0, self.epochs)


class Cards(NamedTuple):
    """A study card and all cards that it names."""

    study: Study
    dataset: Dataset
    taggers: dict[str, Tagger]
    dataset_path: Path = Path("Dataset")

    def experiment(self) -> Experiment:
        """Return the label of the figures: the study's or, with the word Simulation for simulated jets, Tagwerk's."""
        return self.study.experiment or (FROM_FILES if self.dataset.generator is None else SIMULATED)

    def parts(self) -> list[str]:
        """Return the parts of the dataset that the study uses.

        A study of fewer jets uses the first files of every process, so that studies share files.
        """
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
    dataset_path, dataset = Dataset.located(named_card(Dataset.FOLDER, study.dataset, path, "dataset"))
    located = {name: Tagger.located(named_card(Tagger.FOLDER, name, path, "taggers")) for name in study.taggers}
    taggers = {name: tagger for name, (_, tagger) in located.items()}
    _check_study(path, study, dataset)
    _check_titles(path, taggers)
    for tagger_path, tagger in located.values():
        check_inputs(tagger_path, tagger, dataset, study.dataset)
        _check_trained_classes(tagger_path, tagger, study)
    return Cards(study, dataset, taggers, dataset_path)


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


def _check_study(path: Path, study: Study, dataset: Dataset) -> None:
    classes = [jet_class.name for jet_class in dataset.classes]
    _require_known(path, "signal", study.signal, classes, f"among the classes of dataset '{study.dataset}'")
    for name in study.backgrounds:
        _require_known(path, "background", name, classes, f"among the classes of dataset '{study.dataset}'")
        if study.signal == name:
            raise UserError(f"{path}: keys 'signal' and 'background' are both '{study.signal}'; name two classes")
    try:
        dataset.split.pieces(study.fold)
    except UserError as error:
        raise UserError(f"{path}: key 'fold': {error}") from None
    for index, expectation in enumerate(study.expectations):
        for side, names in {"better": expectation.better, "worse": expectation.worse}.items():
            for name in names:
                key = f"expectations.{index}.{side}"
                _require_known(path, key, name, study.taggers, "among the taggers of this study")
    variables = [*dataset.scalars, *(f"n_{name}" for name in dataset.sequences)]
    for key, names in {"flat_in": study.flat_in, "profiles": study.profiles}.items():
        for name in names:
            _require_known(path, key, name, variables, f"among the jet variables of dataset '{study.dataset}'")
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


def _check_titles(path: Path, taggers: dict[str, Tagger]) -> None:
    """Raise UserError if two taggers would have the same title in figures and tables."""
    seen: dict[str, str] = {}
    for name, tagger in taggers.items():
        other = seen.setdefault(tagger.title, name)
        if other != name:
            reason = f"'{other}' and '{name}' have the same title, '{tagger.title}'"
            raise UserError(f"{path}: key 'taggers': {reason}; change one of their cards")


def _check_jet_counts(path: Path, study: Study, generator: Generator) -> None:
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
