"""The checks of a tagger card against the dataset that it is to be trained on."""

from pathlib import Path

from tagwerk.cards.advice import suggest_feature, suggest_scalar, suggest_sequence, suggest_tree
from tagwerk.cards.base import suggestion
from tagwerk.cards.dataset import Dataset
from tagwerk.cards.describe_model import check_classes, describe_model
from tagwerk.cards.tagger import Tagger
from tagwerk.errors import UserError, error_context
from tagwerk.jets.features import FEATURES, PT_ETA_PHI_ENERGY
from tagwerk.jets.node_features import NODE_FEATURES
from tagwerk.jets.variable_features import variable_features


def check_inputs(path: Path, tagger: Tagger, dataset: Dataset, name: str) -> None:
    """Raise UserError if a tagger needs an input that the dataset of that name does not have."""
    where = f"in dataset '{name}'"
    for scalar in tagger.inputs.scalars:
        if scalar not in dataset.scalars:
            raise _missing_input(path, _key(tagger, "scalars"), scalar, where, suggest_scalar(scalar, dataset))
    for sequence, features in tagger.inputs.sequences.items():
        if sequence not in dataset.sequences:
            raise _missing_input(path, _key(tagger, "sequences"), sequence, where, suggest_sequence(sequence, dataset))
        for feature in features:
            if feature not in (*PT_ETA_PHI_ENERGY, *FEATURES, *variable_features(dataset.sequences[sequence].extra)):
                key, advice = _key(tagger, f"sequences.{sequence}"), suggest_feature(feature, sequence, dataset)
                raise _missing_input(path, key, feature, where, advice)
        if tagger.needs_truth and dataset.sequences[sequence].truth is None:
            raise UserError(
                f"{path}: key 'architecture': '{tagger.architecture}' learns the truth of constituents, which dataset "
                f"'{name}' lacks; give the key 'sequences.{sequence}.truth' in its card"
            )
    for tree, features in tagger.inputs.trees.items():
        if tree not in dataset.trees():
            raise _missing_input(path, _key(tagger, "trees"), tree, where, suggest_tree(tree, dataset))
        extra = dataset.sequences[dataset.trees()[tree][0]].extra
        known = [*NODE_FEATURES, *variable_features(extra)]
        for feature in features:
            require_known(path, f"inputs.trees.{tree}", feature, known, "among the features of nodes")
    _check_classes(path, tagger, [jet_class.name for jet_class in dataset.classes], name)
    if tagger.model is not None:
        with error_context(path):
            check_classes(describe_model(tagger.model), [each.name for each in dataset.classes], name)
    for sequence in tagger.inputs.sequences:
        _check_origins(path, tagger, dataset, sequence, name)


def _key(tagger: Tagger, inputs: str) -> str:
    """Return the key of a card at which an input is given."""
    return f"inputs.{inputs}" if tagger.model is None else "model"


def _check_classes(path: Path, tagger: Tagger, classes: list[str], dataset: str) -> None:
    """Raise UserError if a tagger names a class that the dataset lacks."""
    named = {"training.classes": tagger.training.classes, "training.class_weights": [*tagger.training.class_weights]}
    if tagger.all_hyperparameters.get("signal") is not None:
        named["hyperparameters.signal"] = [tagger.all_hyperparameters["signal"]]
    for key, names in named.items():
        for name in names:
            require_known(path, key, name, classes, f"among the classes of dataset '{dataset}'")
    trained = set(tagger.training.classes)
    if len(trained) == 1 and "scores" in tagger.loss_weights:
        raise UserError(
            f"{path}: key 'training.classes': a classifier of '{tagger.training.classes[0]}' needs a second class; "
            "name one or drop the key"
        )
    if trained == set(classes):
        raise UserError(f"{path}: key 'training.classes': all classes are named; leave one out or drop the key")


def _check_origins(path: Path, tagger: Tagger, dataset: Dataset, sequence: str, name: str) -> None:
    """Raise UserError if constituents have several origins, and none has the name of the tagger's signal class."""
    signal, origins = tagger.all_hyperparameters.get("signal"), dataset.sequences[sequence].origins
    if tagger.needs_truth and signal is not None and origins:
        where = f"among the origins of '{sequence}' of dataset '{name}', one of which must be the decay of this class"
        require_known(path, "hyperparameters.signal", signal, [each.name for each in origins], where)


def _missing_input(path: Path, key: str, name: str, where: str, advice: str) -> UserError:
    return UserError(f"{path}: key '{key}': there is no '{name}' {where}; {advice}")


def require_known(path: Path, key: str, name: str, known: list[str], where: str) -> None:
    """Raise UserError where a key names something that is not among the known names."""
    if name not in known:
        raise UserError(f"{path}: key '{key}': there is no '{name}' {where}; {suggestion(name, known)}")
