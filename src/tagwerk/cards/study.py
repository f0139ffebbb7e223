"""The study card: which taggers are compared, on which dataset, with what budget."""

from math import ceil
from pathlib import Path
from typing import Annotated, Any, NamedTuple, Self

from annotated_types import Ge, Gt, Le, Lt
from pydantic import Field, NonNegativeInt, PositiveInt, field_validator, model_validator

from tagwerk.cards.advice import for_feature, for_scalar, for_sequence, for_tree
from tagwerk.cards.base import Card, nearest, repeated
from tagwerk.cards.dataset import Dataset
from tagwerk.cards.expectation import Expectation
from tagwerk.cards.generator import Generator
from tagwerk.cards.tagger import Tagger
from tagwerk.cards.titles import Text
from tagwerk.errors import UserError, naming
from tagwerk.jets.features import FEATURES, PT_ETA_PHI_ENERGY
from tagwerk.jets.node_features import NODE_FEATURES

LARGEST_SEED = 2**32 - 1  # that NumPy, Keras and scikit-learn take
_MOST_POINTS = 10  # columns of a table

Seed = Annotated[int, Ge(0), Le(LARGEST_SEED)]
Efficiency = Annotated[float, Gt(0), Lt(1)]


class Study(Card):
    """A comparison: a dataset, taggers, seeds, a training budget and working points."""

    title: Text = Field(description="the heading of the report")
    dataset: str = Field(description="the name of a card in config/datasets")
    jets: PositiveInt | None = Field(default=None, description="how many jets of a simulated dataset; all by default")
    fold: NonNegativeInt = Field(default=0, description="the fold to test, where the dataset is split into folds")
    taggers: list[str] = Field(min_length=1, description="names of cards in config/taggers")
    seeds: list[Seed] = Field(default=[1], min_length=1, description="each tagger is trained once a seed")
    training_jets: list[PositiveInt] = Field(
        default=[], description="each tagger is trained on so many of the training jets, once a number; on all without"
    )
    epochs: PositiveInt = Field(description="the most passes over the training jets that a network gets")
    epochs_at: list[PositiveInt] = Field(
        default=[], description="the same at each number of `training_jets`, where it is not to be the same for all"
    )
    signal: str = Field(description="the class to find")
    background: str = Field(description="the class to reject")
    working_points: list[Efficiency] = Field(
        default=[0.3, 0.5, 0.7],
        min_length=1,
        max_length=_MOST_POINTS,
        description="signal efficiencies at which rejections are quoted",
    )
    expectations: list[Expectation] = Field(default=[], description="published patterns for the report to judge")

    @field_validator("taggers", "seeds", "training_jets")
    @classmethod
    def _stand_once(cls, values: list[Any]) -> list[Any]:
        if (value := repeated(values)) is not None:
            raise ValueError(f"{value!r} stands twice; name it once")
        return values

    @field_validator("working_points")
    @classmethod
    def _are_distinct(cls, values: list[float]) -> list[float]:
        shown = [f"{value:g}" for value in values]  # as in the heads of tables
        for value in shown:
            if shown.count(value) > 1:
                raise ValueError(f"{value} stands twice; name it once")
        return values

    @model_validator(mode="after")
    def _has_epochs_at_every_size(self) -> Self:
        if self.epochs_at and len(self.epochs_at) != len(self.training_jets):
            said = f"has {len(self.epochs_at)} numbers, 'training_jets' {len(self.training_jets)}; give one for each"
            raise ValueError(f"key 'epochs_at': {said}")
        return self

    def most_epochs(self, jets: int | None) -> int:
        """Return the most passes over so many training jets, or over all."""
        return dict(zip(self.training_jets, self.epochs_at, strict=False)).get(jets or 0, self.epochs)


class Cards(NamedTuple):
    """A study's card and all cards that it names."""

    study: Study
    dataset: Dataset
    taggers: dict[str, Tagger]
    dataset_path: Path

    def parts(self) -> list[str]:
        """Return the parts of the dataset that the study uses.

        A study on fewer jets uses the first files of every process, so that studies share their files.
        """
        generator = self.dataset.generator
        if generator is None or self.study.jets is None:
            with naming(self.dataset_path):
                return list(self.dataset.parts())
        files = ceil(self.study.jets / len(generator.processes) / generator.jets_per_file)
        return generator.model_copy(update={"files": files}).parts()


def load_cards(path: Path) -> Cards:
    """Return a study's card and all that it names, checked against one another.

    Datasets and taggers lie in the folders `datasets` and `taggers` beside the card's own.

    Raises:
        UserError: a card is missing or wrong, or one names what another does not have.
    """
    config = path.parent.parent if path.parent.name else path.resolve().parent.parent
    study = Study.load(path)
    dataset_path = _named(config / "datasets", study.dataset, path, "dataset")
    dataset = Dataset.load(dataset_path)
    taggers = {name: Tagger.load(_named(config / "taggers", name, path, "taggers")) for name in study.taggers}
    _check_study(path, study, dataset)
    _check_titles(path, taggers)
    for name, tagger in taggers.items():
        card = config / "taggers" / f"{name}.yaml"
        check_inputs(card, tagger, dataset, study.dataset)
        _check_trained(card, tagger, study)
    return Cards(study, dataset, taggers, dataset_path)


def check_inputs(path: Path, tagger: Tagger, dataset: Dataset, name: str) -> None:
    """Raise UserError where a tagger wants what the dataset of that name does not have."""
    where = f"in dataset '{name}'"
    for scalar in tagger.inputs.scalars:
        if scalar not in dataset.scalars:
            raise _lacking(path, "inputs.scalars", scalar, where, for_scalar(scalar, dataset))
    for sequence, wanted in tagger.inputs.sequences.items():
        if sequence not in dataset.sequences:
            raise _lacking(path, "inputs.sequences", sequence, where, for_sequence(sequence, dataset))
        for feature in wanted:
            if feature not in (*PT_ETA_PHI_ENERGY, *FEATURES, *dataset.sequences[sequence].extra):
                key, advice = f"inputs.sequences.{sequence}", for_feature(feature, sequence, dataset)
                raise _lacking(path, key, feature, where, advice)
        if tagger.needs_truth and dataset.sequences[sequence].truth is None:
            raise UserError(
                f"{path}: key 'architecture': '{tagger.architecture}' learns the truth of constituents, which dataset "
                f"'{name}' lacks; give the key 'sequences.{sequence}.truth' there"
            )
    for tree, wanted in tagger.inputs.trees.items():
        if tree not in dataset.trees():
            raise _lacking(path, "inputs.trees", tree, where, for_tree(tree, dataset))
        for feature in wanted:
            _known(path, f"inputs.trees.{tree}", feature, list(NODE_FEATURES), "among the features of nodes")
    _check_classes(path, tagger, [each.name for each in dataset.classes], name)


def _check_classes(path: Path, tagger: Tagger, classes: list[str], dataset: str) -> None:
    """Raise UserError where a tagger names a class that the dataset lacks."""
    named = {"training.classes": tagger.training.classes, "training.class_weights": [*tagger.training.class_weights]}
    if tagger.settings.get("signal") is not None:
        named["hyperparameters.signal"] = [tagger.settings["signal"]]
    for key, names in named.items():
        for each in names:
            _known(path, key, each, classes, f"among the classes of dataset '{dataset}'")
    trained = set(tagger.training.classes)
    if len(trained) == 1 and "scores" in tagger.losses:
        raise UserError(
            f"{path}: key 'training.classes': '{tagger.training.classes[0]}' alone can be told from nothing; "
            "name another class or drop the key"
        )
    if trained == set(classes):
        raise UserError(f"{path}: key 'training.classes': all classes are named; leave one out or drop the key")


def _check_study(path: Path, study: Study, dataset: Dataset) -> None:
    classes = [each.name for each in dataset.classes]
    _known(path, "signal", study.signal, classes, f"among the classes of dataset '{study.dataset}'")
    _known(path, "background", study.background, classes, f"among the classes of dataset '{study.dataset}'")
    if study.signal == study.background:
        raise UserError(f"{path}: keys 'signal' and 'background' are both '{study.signal}'; name two classes")
    try:
        dataset.split.pieces(study.fold)
    except UserError as mistake:
        raise UserError(f"{path}: key 'fold': {mistake}") from None
    for number, each in enumerate(study.expectations):
        for side, names in {"better": each.better, "worse": each.worse}.items():
            for name in names:
                _known(path, f"expectations.{number}.{side}", name, study.taggers, "among the taggers of this study")
    if dataset.generator is not None:
        _check_numbers(path, study, dataset.generator)
    elif study.jets is not None:
        raise UserError(f"{path}: key 'jets' is for simulated datasets, '{study.dataset}' has files; drop the key")


def _check_trained(path: Path, tagger: Tagger, study: Study) -> None:
    """Raise UserError where a classifier never learns of a class that the study compares by: its score is empty."""
    trained = tagger.training.classes
    for key, name in {"signal": study.signal, "background": study.background}.items():
        if trained and name not in trained and "scores" in tagger.losses:
            said = f"'{name}', the {key} of the study, is not among them"
            raise UserError(f"{path}: key 'training.classes': {said}; add it or drop the key")


def _check_titles(path: Path, taggers: dict[str, Tagger]) -> None:
    """Raise UserError where figures and tables would show two taggers by one title."""
    seen: dict[str, str] = {}
    for name, tagger in taggers.items():
        other = seen.setdefault(tagger.title, name)
        if other != name:
            both = f"'{other}' and '{name}' have one title, '{tagger.title}'"
            raise UserError(f"{path}: key 'taggers': {both}; give one of their cards another")


def _check_numbers(path: Path, study: Study, generator: Generator) -> None:
    """Raise UserError where a study asks for more jets than are simulated."""
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
                f"{path}: key 'training_jets': {jets} is more than the {used} jets of the study, of which only a part "
                "is to train on; ask for fewer"
            )


def _named(folder: Path, name: str, path: Path, key: str) -> Path:
    _known(path, key, name, [file.stem for file in folder.glob("*.yaml")], f"in {folder}")
    return folder / f"{name}.yaml"


def _lacking(path: Path, key: str, name: str, where: str, advice: str) -> UserError:
    return UserError(f"{path}: key '{key}': there is no '{name}' {where}; {advice}")


def _known(path: Path, key: str, name: str, known: list[str], where: str) -> None:
    if name not in known:
        raise UserError(f"{path}: key '{key}': there is no '{name}' {where}; {nearest(name, known)}")
