"""Rates, or scores after training, of Tagwerk's networks; run by `rivals.py`.

Run: python benchmarks/rivals_tagwerk.py FOLDER {rates|scores} THREADS
"""

import pickle
import sys
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

import keras
import numpy as np
from engine import timed_training
from passes import LONG, LOOK, SHORT, SIZES, by_rate, measured, rates, write

from tagwerk.layers.model_inputs import model_inputs
from tagwerk.layers.precision import policy_of
from tagwerk.training import network
from tagwerk.training.batches import training_batches
from tagwerk.training.loading import Jets
from tagwerk.training.objectives import TaggerObjective
from tagwerk.training.schedules import learning_rate, optimizer
from tagwerk.training.split_jets import SplitJets
from tagwerk.training.task import Task
from tagwerk.training.train_step import Steps
from tagwerk.training.weights import JetWeights

SCORED = 3000  # jets
PRECISIONS = ("float32", "mixed_bfloat16")


@dataclass(frozen=True)
class Contest:
    """What to train, on which jets, and how long to time each stage."""

    task: Task
    train: Jets
    validation: Jets
    test: Jets
    seconds: float

    def split(self, jets: Jets) -> SplitJets:
        """Return jets as a training takes them."""
        return SplitJets([jets], self.task.schema, JetWeights(np.ones(2)))


@dataclass(frozen=True)
class Setting:
    """Precision and jets per batch."""

    precision: str
    size: int

    def __str__(self) -> str:
        return f"{self.size}{', bfloat16' * (self.precision != PRECISIONS[0])}"


def measure(contest: Contest) -> dict[str, Any]:
    """Return the rates of training and of scoring with the fastest settings."""
    task, settings = contest.task, contest.task.tagger.training
    models, steps = {}, {}
    for precision in PRECISIONS:
        keras.config.set_dtype_policy(policy_of(precision))
        model = task.tagger.build(model_inputs(task.schema, task.tagger.inputs, task.summary))
        rate = learning_rate(settings, task.epochs, -(-len(contest.train) // settings.batch_size))
        models[precision] = model
        steps[precision] = Steps(model, optimizer(settings, rate), TaggerObjective(task.tagger.loss_weights))

    def training(setting: Setting, floor: float = 0.0, jets: int = SHORT, time: float = LOOK) -> list[float]:
        drawn = training_batches(contest.split(contest.train), setting.size, np.random.default_rng(task.seed))
        batches = [batch for batch, _ in zip(drawn, range(-(-jets // setting.size)), strict=False)]
        return rates(steps[setting.precision].train_on_batch, batches, time, floor)

    rows = np.random.default_rng(task.seed).permutation(len(contest.test))[:SCORED]
    scored = [contest.test.take(rows)]

    def scoring(precision: str, floor: float = 0.0, time: float = LOOK) -> list[float]:
        return rates(lambda jets: network.scores(models[precision], jets), scored, time, floor)

    for precision in PRECISIONS:
        training(Setting(precision, SIZES[0]), jets=1, time=0.0)  # TensorFlow traces the step
    fastest = by_rate([Setting(*each) for each in product(PRECISIONS, SIZES)], training)[0]
    found = {"training": measured(fastest, training(fastest, 0.0, LONG, contest.seconds))}
    single = by_rate([Setting(PRECISIONS[0], size) for size in SIZES], training)[0]
    found["float32"] = measured(single, training(single, 0.0, LONG, contest.seconds))
    precision = by_rate(PRECISIONS, scoring)[0]
    found["scoring"] = measured(precision, scoring(precision, 0.0, contest.seconds))
    return found | {"parameters": network.count_parameters(models[precision])}


def main(folder: Path, what: str, threads: int) -> None:
    """Write rates, or the scores of the test jets after training."""
    contest = pickle.loads((folder / "contest.pickle").read_bytes())
    network.prepare(contest.task.seed, threads)
    if what == "rates":
        write(folder / "rates_tagwerk.json", **measure(contest))
        return
    model, _ = timed_training(contest.task, *map(contest.split, (contest.train, contest.validation)))
    np.save(folder / "rates_tagwerk.npy", network.scores(model, contest.test)[:, 1])


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]))
