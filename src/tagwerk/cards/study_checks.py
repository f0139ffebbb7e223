"""The checks of a study card against the cards that it names."""

from collections.abc import Mapping
from pathlib import Path

from tagwerk.cards.dataset import Dataset
from tagwerk.cards.expressions import branch_names
from tagwerk.cards.generator_kinds import AnyGenerator
from tagwerk.cards.score_files import ScoreFiles
from tagwerk.cards.study import Study
from tagwerk.cards.study_cards import Cards
from tagwerk.cards.tagger import Tagger
from tagwerk.cards.tagger_inputs import require_known
from tagwerk.errors import UserError


def check_study_card(path: Path, cards: Cards) -> None:
    """Raise UserError if a study names a class, tagger or variable that is in none of its cards."""
    study, classes = cards.study, [each.name for each in cards.classes]
    where = "among the classes of " + ("the score files" if study.dataset is None else f"dataset '{study.dataset}'")
    require_known(path, "signal", study.signal, classes, where)
    for name in study.backgrounds:
        require_known(path, "background", name, classes, where)
        if study.signal == name:
            raise UserError(f"{path}: keys 'signal' and 'background' are both '{study.signal}'; name two classes")
    named = list(dict.fromkeys(each for card in cards.scores.values() for each in card.classes))
    for style in study.classes:
        require_known(path, "classes", style.name, named, "among the classes of the score files")
    for name, card in cards.scores.items():
        for each in card.classes:
            require_known(path, f"scores: classes of '{name}'", each, classes, where)
        for key, each in [("signal", study.signal), *(("background", each) for each in study.background)]:
            require_known(path, key, each, list(card.classes), f"among the classes of score files '{name}'")
    for index, expectation in enumerate(study.expectations):
        for side, names in {"better": expectation.better, "worse": expectation.worse}.items():
            for name in names:
                key = f"expectations.{index}.{side}"
                require_known(path, key, name, list(cards.compared), "among the taggers of this study")

    for index, groups in enumerate(study.ensembles):
        for group, names in groups.items():
            for name in names:
                require_known(
                    path, f"ensembles.{index}.{group}", name, study.taggers, "among the taggers of this study"
                )
    for name in () if study.export is None else study.export.taggers:
        require_known(path, "export.taggers", name, list(cards.taggers), "among the taggers of this study")
        if (model := cards.taggers[name].model) is not None:
            raise UserError(f"{path}: key 'export.taggers': '{name}' is an ONNX file already, {model.file}; drop it")
    for name in study.class_efficiencies:
        require_known(path, "class_efficiencies", name, classes, where)

    for key, names in {"flat_in": study.flat_in, "profiles": study.profiles}.items():
        for name in names:
            require_known(path, key, name, cards.variables, "among the variables of the jets")
    for index, category in enumerate(study.categories):
        for name in sorted(branch_names(category.selection)):
            key = f"categories.{index}.selection"
            require_known(path, key, name, cards.variables, "among the variables of the jets")


def check_dataset(path: Path, study: Study, dataset: Dataset) -> None:
    """Raise UserError if a study asks for a fold or for jets that its dataset does not have."""
    try:
        dataset.split.pieces(study.fold)
    except UserError as error:
        raise UserError(f"{path}: key 'fold': {error}") from None
    if dataset.generator is not None:
        _check_jet_counts(path, study, dataset.generator)
    elif study.jets is not None:
        raise UserError(f"{path}: key 'jets' is for simulated datasets, but '{study.dataset}' has files; drop the key")


def check_alternatives(path: Path, cards: Cards) -> None:
    """Raise UserError if taggers that are trained on the dataset cannot be evaluated on an alternative sample."""
    dataset = cards.require_dataset()
    for name, other in cards.alternatives.items():
        key = f"{path}: key 'alternative_samples'"
        if name == cards.study.dataset:
            raise UserError(f"{key}: '{name}' is the dataset of the study; name another sample")
        for what, found, expected in (
            ("classes", [each.name for each in other.classes], [each.name for each in dataset.classes]),
            ("pieces of the split", other.split.piece_names(), dataset.split.piece_names()),
        ):
            if found != expected:
                texts = [", ".join(each) for each in (found, expected)]
                raise UserError(f"{key}: the {what} of '{name}' are {texts[0]}, not {texts[1]}; make them the same")
        seeds = [each.generator.seed for each in (other, dataset) if each.generator is not None]
        if len(seeds) == 2 and seeds[0] == seeds[1]:
            shared = f"'{name}' and the dataset are simulated with the same seed, {seeds[0]}"
            raise UserError(f"{key}: {shared}, so jets of both may be of the same collision; change one seed")


def check_shared_files(path: Path, cards: Cards, files: Mapping[str, list[Path]]) -> None:
    """Raise UserError if an alternative sample has a file of the dataset, since taggers may be trained on its jets.

    Args:
        path: of the study card.
        cards: of the study.
        files: from `cards.files()`.
    """
    of_dataset = {file.resolve() for file in files.get(cards.study.dataset or "", [])}
    for name in cards.alternatives:
        for file in files[name]:
            if file.resolve() in of_dataset:
                shared = f"'{name}' reads {file}, as the dataset does, so taggers may be trained on its jets"
                raise UserError(f"{path}: key 'alternative_samples': {shared}; give the sample other files")


def check_trained_classes(path: Path, tagger: Tagger, study: Study) -> None:
    """Raise UserError if a classifier is not trained on the signal or a background class: its score is undefined."""
    trained = tagger.training.classes
    for name, key in {study.signal: "signal", **dict.fromkeys(study.backgrounds, "background")}.items():
        if trained and name not in trained and "scores" in tagger.loss_weights:
            reason = f"'{name}', the {key} of the study, is not among them"
            raise UserError(f"{path}: key 'training.classes': {reason}; add it or drop the key")


def check_titles(path: Path, taggers: dict[str, Tagger], scores: dict[str, ScoreFiles]) -> None:
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
