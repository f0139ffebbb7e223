"""Rates of Tagwerk's training and scoring; run by `train.py`.

Run: python benchmarks/train_tagwerk.py FOLDER EPOCHS THREADS {float32|mixed_bfloat16}
"""

import sys
from pathlib import Path
from time import perf_counter

import numpy as np
from engine import timed_training
from lstm import BATCH, SEED, TIMED, load, tagger_card, write

from tagwerk.training import network
from tagwerk.training.split_jets import SplitJets
from tagwerk.training.task import Task
from tagwerk.training.weights import JetWeights


def main(folder: Path, epochs: int, threads: int, precision: str) -> None:
    """Train, score several times, and write rates and scores."""
    network.prepare(SEED, threads)
    sample = load(folder)
    task = Task(tagger_card(precision), sample.schema, sample.summary, epochs, SEED)
    samples = sample.train, sample.train.take(np.arange(BATCH))
    train, validation = (SplitJets([jets], sample.schema, JetWeights(np.ones(2))) for jets in samples)
    model, seconds = timed_training(task, train, validation)
    scoring = []
    for _ in range(TIMED):
        start = perf_counter()
        scores = network.scores(model, sample.test)
        scoring.append(perf_counter() - start)
    rates = len(train) / np.array(seconds), len(sample.test) / np.array(scoring)
    write(folder, f"tagwerk_{precision.removeprefix('mixed_')}_{threads}", *rates, scores[:, 1])


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), sys.argv[4])
