"""Classical taggers of scikit-learn, on the jet's own variables."""

from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import pandas as pd
import skops.io
from sklearn.ensemble import HistGradientBoostingClassifier
from threadpoolctl import threadpool_limits

from tagwerk.arrays import Floats32
from tagwerk.layers.schema import Schema
from tagwerk.training.loading import Jets, joined
from tagwerk.training.split_jets import SplitJets
from tagwerk.training.task import Task

Classifier: TypeAlias = Any  # HistGradientBoostingClassifier, which has no type stubs

FILE = "model.skops"

# What skops asks about in a stored model; a file that holds anything else is refused.
_TRUSTED = ["sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor"]


def prepare(seed: int, threads: int) -> None:
    """Bind scikit-learn to so many threads; its models carry their seed themselves."""
    threadpool_limits(threads)


def train(
    task: Task, jets: SplitJets, validation: SplitJets, unfinished: object = None
) -> tuple[Classifier, pd.DataFrame]:
    """Return the model, which stopped where the validation loss did, and the history, a row an iteration.

    It takes seconds, so nothing is kept for the case that it is stopped.
    """
    model = task.tagger.build(task.seed)
    columns, random = task.tagger.inputs.scalars, np.random.default_rng(task.seed)
    learnt, other = (joined(list(split.pools(random))) for split in (jets, validation))
    model.fit(
        learnt.table()[columns],
        learnt.label,
        sample_weight=learnt.weight,
        X_val=other.table()[columns],
        y_val=other.label,
        sample_weight_val=other.weight,
    )
    history = {"loss": -model.train_score_, "val_loss": -model.validation_score_}
    return model, pd.DataFrame(history).rename_axis("epoch").reset_index()


def scores(model: Classifier, jets: Jets) -> Floats32:
    """Return the class probabilities of every jet, (N, classes), in the order of the jets; zero if never learnt."""
    found = np.zeros((len(jets), len(jets.schema.classes)), np.float32)
    found[:, model.classes_] = model.predict_proba(jets.table()[list(model.feature_names_in_)])
    return found


def parameters(model: Classifier) -> int:
    """Return the numbers that the trees hold: a variable and a threshold a split, a value a leaf."""
    nodes: Any = [tree.nodes["is_leaf"] for iteration in model._predictors for tree in iteration]
    leaves = np.concatenate(nodes).astype(bool)
    return int(2 * (~leaves).sum() + leaves.sum())


def save(model: Classifier, directory: Path) -> None:
    """Write the model in the format of skops, which runs no code when it is read."""
    skops.io.dump(model, directory / FILE)


def load(directory: Path) -> Classifier:
    """Return the model that `save` wrote."""
    return skops.io.load(directory / FILE, trusted=_TRUSTED)


def check(model: Classifier, schema: Schema) -> None:
    """Raise ValueError where what `load` returned is no such model, or none of these columns and classes."""
    if not isinstance(model, HistGradientBoostingClassifier):
        raise ValueError(f"it holds a {type(model).__name__}")
    if not set(model.feature_names_in_) <= set(schema.scalars) or max(model.classes_) >= len(schema.classes):
        raise ValueError("it is of other variables or classes")
