"""Timed training with Tagwerk's engine, shared by the benchmarks."""

from itertools import pairwise
from time import perf_counter

import keras

from tagwerk.training import network
from tagwerk.training.split_jets import SplitJets
from tagwerk.training.state import Row
from tagwerk.training.task import Task


def timed_training(task: Task, train: SplitJets, validation: SplitJets) -> tuple[keras.Model, list[float]]:
    """Return the trained model, and the seconds of each epoch."""
    ends = [perf_counter()]

    def watch(row: Row) -> None:
        ends.append(perf_counter())

    model, _ = network.train(task, train, validation, watch=watch)
    return model, [after - before for before, after in pairwise(ends)]
