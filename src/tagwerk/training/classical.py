"""Boosted decision trees of scikit-learn, on the jet variables."""

from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd
import skops.io
from sklearn.ensemble import HistGradientBoostingClassifier
from threadpoolctl import threadpool_limits

from tagwerk.arrays import Floats32
from tagwerk.internals import TREE_TYPE, keep_iterations, preprocessor, tree_nodes
from tagwerk.layers.schema import Schema
from tagwerk.training.loading import Jets
from tagwerk.training.model_archive import member_names
from tagwerk.training.split_jets import SplitJets
from tagwerk.training.task import Task

Classifier: TypeAlias = Any  # HistGradientBoostingClassifier, which has no type stubs

FILE = "model.skops"
_BASE_MEMORY, _PER_JET, _PER_CLASS, _PER_VALUE = 3e8, 90, 16, 16  # bytes, as measured


def prepare(seed: int, threads: int) -> None:
    """Limit scikit-learn to this many threads; its models carry their own seed."""
    threadpool_limits(threads)


def train(
    task: Task, jets: SplitJets, validation: SplitJets, checkpoint: object = None
) -> tuple[Classifier, pd.DataFrame]:
    """Return the model of the lowest validation loss, and the history, one row per iteration and one before the first.

    Training takes seconds, so no checkpoint is written.
    """
    model = task.tagger.build(task.seed)
    columns, random = task.tagger.inputs.scalars, np.random.default_rng(task.seed)
    train, val = (split.everything(random) for split in (jets, validation))
    model.fit(
        train.table()[columns],
        train.label,
        sample_weight=train.weight,
        X_val=val.table()[columns],
        y_val=val.label,
        sample_weight_val=val.weight,
    )
    # scikit-learn keeps all trees, also those with which it waited in vain for a lower loss.
    keep_iterations(model, max(int(np.argmax(model.validation_score_)), 1))
    history = {"loss": -model.train_score_, "val_loss": -model.validation_score_}
    return model, pd.DataFrame(history).rename_axis("epoch").reset_index()


def most_epochs(task: Task) -> int:
    """Return the limit on the number of iterations."""
    return int(task.tagger.all_hyperparameters["trees"])


def least_memory(jets: SplitJets, validation: SplitJets) -> float:
    """Return the bytes that training takes at least: all jets, with the copies that scikit-learn makes."""
    per_jet = _PER_JET + _PER_CLASS * len(jets.schema.classes) + _PER_VALUE * len(jets.schema.scalars)
    return _BASE_MEMORY + per_jet * (len(jets) + len(validation))


def scores(model: Classifier, jets: Jets) -> Floats32:
    """Return the class probabilities of each jet, (N, classes); zero for classes that were not trained on."""
    probabilities = np.zeros((len(jets), len(jets.schema.classes)), np.float32)
    probabilities[:, model.classes_] = model.predict_proba(jets.table()[list(model.feature_names_in_)])
    return probabilities


def count_parameters(model: Classifier) -> int:
    """Return the number of parameters of all trees: variable and threshold per split, one value per leaf."""
    leaves = np.concatenate([nodes["is_leaf"] for nodes in tree_nodes(model)]).astype(bool)
    return int(2 * (~leaves).sum() + leaves.sum())


def save(model: Classifier, directory: Path) -> None:
    """Write the model in the format of skops, which runs no code on loading."""
    skops.io.dump(model, directory / FILE)


def load(directory: Path) -> Classifier:
    """Return the model that `save` wrote, to be checked before it is used.

    Raises:
        ValueError: the file is compressed, or there is an object of another type in it.
    """
    member_names(directory / FILE)
    # Of no other type beyond skops's defaults may there be an object in it.
    return skops.io.load(directory / FILE, trusted=[TREE_TYPE])


def check(model: Classifier, schema: Schema) -> None:
    """Raise ValueError unless `load` returned a boosted-trees model of these columns and classes."""
    if not isinstance(model, HistGradientBoostingClassifier):
        raise ValueError(f"it holds a {type(model).__name__}")
    variables = len(model.feature_names_in_)
    if not set(model.feature_names_in_) <= set(schema.scalars) or max(model.classes_) >= len(schema.classes):
        raise ValueError("it has other variables or classes")
    if preprocessor(model) is not None or not all(_is_sound(nodes, variables) for nodes in tree_nodes(model)):
        raise ValueError("it has impossible trees")


def _is_sound(nodes: npt.NDArray[np.void], variables: int) -> bool:
    """Return whether a tree of splits on these variables ends in leaves: scikit-learn follows any index."""
    (splits,) = np.nonzero(nodes["is_leaf"] == 0)
    inner = nodes[splits]
    children = np.stack([inner["left"], inner["right"]])
    return bool(
        len(nodes)
        and np.all((splits < children) & (children < len(nodes)))
        and np.all((inner["feature_idx"] >= 0) & (inner["feature_idx"] < variables))
        and not inner["is_categorical"].any()
    )
