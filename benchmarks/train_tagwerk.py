"""Rates of Tagwerk's training and scoring; `train.py` runs it.

Run: python benchmarks/train_tagwerk.py FOLDER EPOCHS THREADS
"""

import sys
from pathlib import Path
from time import perf_counter

import numpy as np
from engine import timed
from lstm import BATCH, SEED, TIMED, load, settings, write

from tagwerk.training import network
from tagwerk.training.split_jets import SplitJets
from tagwerk.training.task import Task
from tagwerk.training.weights import Weighing


def main(folder: Path, epochs: int, threads: int) -> None:
    """Train, score a few times, write rates and scores."""
    network.prepare(SEED, threads)
    jets = load(folder)
    task = Task(settings(), jets.schema, jets.summary, epochs, SEED)
    weighing = Weighing(np.ones(2))
    train, few = (SplitJets([some], jets.schema, weighing) for some in (jets.train, jets.train.take(np.arange(BATCH))))
    model, seconds = timed(task, train, few)
    scoring = []
    for _ in range(TIMED):
        start = perf_counter()
        scores = network.scores(model, jets.test)
        scoring.append(perf_counter() - start)
    rates = len(train) / np.array(seconds), len(jets.test) / np.array(scoring)
    write(folder, f"tagwerk_{threads}", *rates, scores[:, 1])


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
