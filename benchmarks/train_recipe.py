"""Rates of the lecture's recipe: Keras, every jet padded to the longest, `Masking`, `model.fit`; run by `train.py`.

Run: python benchmarks/train_recipe.py FOLDER EPOCHS THREADS
"""

import sys
from pathlib import Path
from time import perf_counter

import keras
import numpy as np
import tensorflow as tf
from lstm import SEED, tagger_card, write

from tagwerk.training.schedules import learning_rate, optimizer

BATCH, TIMED = 256, 2


class EpochTimer(keras.callbacks.Callback):
    """Record the seconds of each epoch."""

    def __init__(self) -> None:
        super().__init__()
        self.seconds: list[float] = []

    def on_epoch_begin(self, epoch: int, logs: object = None) -> None:
        """Start the clock."""
        self._start = perf_counter()

    def on_epoch_end(self, epoch: int, logs: object = None) -> None:
        """Stop the clock."""
        self.seconds.append(perf_counter() - self._start)


def load_padded(file: Path, length: int | None = None) -> tuple[np.ndarray, np.ndarray]:
    """Return features (N, T, F), zero-padded to `length` or to the longest jet, and labels (N,)."""
    arrays = np.load(file)
    counts = arrays["counts"]
    mask = np.arange(length or counts.max()) < counts[:, None]
    within = np.arange(len(arrays["features"])) - np.repeat(np.cumsum(counts) - counts, counts)
    jets = np.zeros((*mask.shape, arrays["features"].shape[1]), np.float32)
    jets[mask] = arrays["features"][within < mask.shape[1]]
    return jets, arrays["label"]


def main(folder: Path, epochs: int, threads: int) -> None:
    """Train, score several times, and write rates and scores."""
    tf.config.threading.set_intra_op_parallelism_threads(threads)
    keras.utils.set_random_seed(SEED)
    jets, label = load_padded(folder / "train.npz")
    test, _ = load_padded(folder / "test.npz", jets.shape[1])
    layers = keras.layers
    model = keras.Sequential(
        [
            keras.Input(jets.shape[1:]),
            layers.Masking(),
            layers.LSTM(128, return_sequences=True),
            layers.LSTM(128),
            layers.Dense(1, activation="sigmoid"),
        ]
    )
    settings = tagger_card().training
    model.compile(optimizer(settings, learning_rate(settings, epochs, -(-len(jets) // BATCH))), "binary_crossentropy")
    timer = EpochTimer()
    model.fit(jets, label, batch_size=BATCH, epochs=epochs, callbacks=[timer], verbose=0)
    scoring = []
    for _ in range(TIMED + 1):
        start = perf_counter()
        scores = model.predict(test, batch_size=BATCH, verbose=0)[:, 0]
        scoring.append(perf_counter() - start)
    write(folder, "recipe", len(jets) / np.array(timer.seconds), len(test) / np.array(scoring), scores)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
