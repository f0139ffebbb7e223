"""Taggers of one jet variable: fit, scores, and the model as JSON."""

from pathlib import Path

import numpy as np
import pandas as pd
from scipy.special import expit

from tagwerk.arrays import Floats32, Floats64
from tagwerk.errors import UserError
from tagwerk.layers.schema import Schema
from tagwerk.training.loading import Jets
from tagwerk.training.monotone import LogOddsCurve, Sample, measured, of_likelihood_ratio
from tagwerk.training.split_jets import SplitJets
from tagwerk.training.task import Task

FILE = "model.json"
_BASE_MEMORY, _PER_JET = 3e8, 150  # bytes, as measured


def prepare(seed: int, threads: int) -> None:
    """Do nothing: neither randomness nor threads are used."""


def train(
    task: Task, jets: SplitJets, validation: SplitJets, checkpoint: object = None
) -> tuple[LogOddsCurve, pd.DataFrame]:
    """Return the probability as a function of the variable, and a history of one row.

    Raises:
        UserError: there are more than two classes to train on.
    """
    classes = _two_classes(task)
    (variable,), random = task.tagger.inputs.scalars, np.random.default_rng(task.seed)
    train, val = (_sample(split.everything(random), variable, classes) for split in (jets, validation))
    fit = task.tagger.build()
    if fit.signal is None:
        curve = measured(variable, train, classes, fit.bins)
    else:
        curve = of_likelihood_ratio(variable, train, classes, second=fit.signal == task.schema.classes[classes[1]])
    return curve, pd.DataFrame({"epoch": [0], "loss": [_loss(curve, train)], "val_loss": [_loss(curve, val)]})


def _two_classes(task: Task) -> tuple[int, int]:
    names, signal = task.tagger.training.classes or task.schema.classes, task.tagger.all_hyperparameters["signal"]
    if len(names) != 2:
        raise UserError(
            f"key 'training.classes': one variable separates two classes, not {', '.join(names)}; name two of them"
        )
    if signal is not None and signal not in names:
        raise UserError(f"key 'hyperparameters.signal': '{signal}' is not trained on; name one of {', '.join(names)}")
    first, second = sorted(task.schema.classes.index(name) for name in names)
    return first, second


def _sample(jets: Jets, variable: str, classes: tuple[int, int]) -> Sample:
    return Sample(_values(jets, variable), jets.label == classes[1], jets.weight.astype(np.float64))


def _values(jets: Jets, variable: str) -> Floats64:
    return np.asarray(jets.scalars[:, jets.schema.scalars.index(variable)], np.float64)


def _loss(curve: LogOddsCurve, sample: Sample) -> float:
    """Return the mean cross entropy of weighted jets."""
    sign = np.where(sample.second, 1.0, -1.0)
    return float(np.average(np.logaddexp(0, -sign * curve(sample.values)), weights=sample.weight))


def most_epochs(task: Task) -> None:
    """Return None: there are no epochs."""


def least_memory(jets: SplitJets, validation: SplitJets) -> float:
    """Return the bytes that the fit takes at least: all jets, with copies."""
    return _BASE_MEMORY + _PER_JET * (len(jets) + len(validation))


def scores(model: LogOddsCurve, jets: Jets) -> Floats32:
    """Return the class probabilities of each jet, (N, classes); zero for classes that were not trained on."""
    log_odds = model(_values(jets, model.variable))
    probabilities = np.zeros((len(jets), len(jets.schema.classes)), np.float32)
    # Not one minus the other: in single precision that would round the odds of the purest jets.
    probabilities[:, model.classes[0]], probabilities[:, model.classes[1]] = expit(-log_odds), expit(log_odds)
    return probabilities


def count_parameters(model: LogOddsCurve) -> int:
    """Return the number of knots."""
    return len(model.x)


def save(model: LogOddsCurve, directory: Path) -> None:
    """Write the function as JSON."""
    (directory / FILE).write_text(model.model_dump_json(indent=1), encoding="utf-8")


def load(directory: Path) -> LogOddsCurve:
    """Return the function that `save` wrote."""
    return LogOddsCurve.model_validate_json((directory / FILE).read_text(encoding="utf-8"))


def check(model: LogOddsCurve, schema: Schema) -> None:
    """Raise ValueError unless the model is of a variable and classes of these columns."""
    if model.variable not in schema.scalars or max(model.classes) >= len(schema.classes):
        raise ValueError("it has another variable or other classes")
