"""Rates, or scores after training, of Tagwerk's networks; run by `rivals.py`.

Run: python benchmarks/rivals_tagwerk.py FOLDER {rates|scores} THREADS
"""

import pickle
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from engine import timed_training
from passes import LONG, LOOK, SHORT, SIZES, by_rate, measured, rates, write

from tagwerk.layers.model_inputs import model_inputs
from tagwerk.training import network
from tagwerk.training.batches import training_batches
from tagwerk.training.loading import Jets
from tagwerk.training.schedules import learning_rate, optimizer
from tagwerk.training.split_jets import SplitJets
from tagwerk.training.task import Task
from tagwerk.training.train_step import Steps
from tagwerk.training.weights import JetWeights

SCORED = 3000  # jets


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


def measure(contest: Contest) -> dict[str, Any]:
    """Return the rates of training with the fastest size of batches, and of scoring."""
    task, settings = contest.task, contest.task.tagger.training
    model = task.tagger.build(model_inputs(task.schema, task.tagger.inputs, task.summary))
    rate = learning_rate(settings, task.epochs, -(-len(contest.train) // settings.batch_size))
    steps = Steps(model, optimizer(settings, rate), task.tagger.loss_weights, [])

    def training(size: int, floor: float = 0.0, jets: int = SHORT, time: float = LOOK) -> list[float]:
        drawn = training_batches(contest.split(contest.train), size, np.random.default_rng(task.seed))
        batches = [batch for batch, _ in zip(drawn, range(-(-jets // size)), strict=False)]
        return rates(steps.train_on_batch, batches, time, floor)

    training(SIZES[0], jets=1, time=0.0)  # TensorFlow traces the step
    size = by_rate(SIZES, training)[0]
    found = {"training": measured(size, training(size, 0.0, LONG, contest.seconds))}
    rows = np.random.default_rng(task.seed).permutation(len(contest.test))[:SCORED]
    scoring = rates(lambda jets: network.scores(model, jets), [contest.test.take(rows)], contest.seconds)
    return found | {"scoring": measured("", scoring), "parameters": network.count_parameters(model)}


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
