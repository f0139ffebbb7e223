"""The training of a network, epoch by epoch, from its beginning or from where it was stopped."""

from itertools import islice
from time import perf_counter

import keras
import numpy as np
import numpy.typing as npt
import pandas as pd

from tagwerk.layers.model_inputs import model_inputs
from tagwerk.progress import Bar
from tagwerk.training.batches import Batch, epoch, ordered
from tagwerk.training.checkpoint import Unfinished
from tagwerk.training.diagnose import blame
from tagwerk.training.schedules import optimizer
from tagwerk.training.split_jets import SplitJets
from tagwerk.training.state import Progress, Row
from tagwerk.training.task import Task
from tagwerk.training.train_step import Steps

SCORING_BATCH = 512
SCORING_BUCKETS = 8
_SAVING = 60.0  # seconds between two checkpoints


class Fit:
    """A network in training."""

    def __init__(self, task: Task, jets: SplitJets, validation: SplitJets, unfinished: Unfinished | None) -> None:
        """Build the network, or take up what is unfinished."""
        self._task, self._settings = task, task.tagger.training
        self._jets, self._validation, self._unfinished = jets, validation, unfinished
        self.model = _built(task)
        steps = task.epochs * -(-len(jets) // self._settings.batch_size)
        self._steps = Steps(self.model, optimizer(self._settings, steps), task.tagger.losses, task.schema.truth)
        self._progress = Progress(best=self.model.get_weights())
        if unfinished is not None and unfinished.exists():
            self._progress = unfinished.load(self.model, self._steps.optimizer)
        self._saved = perf_counter()

    @property
    def history(self) -> pd.DataFrame:
        """What came of each epoch, a row each."""
        return pd.DataFrame(self._progress.history)

    @property
    def jets_done(self) -> int:
        """How many jets were learnt from, those of another process included."""
        done = (self._progress.epoch - 1) * len(self._jets)
        return done + min(self._progress.batches * self._settings.batch_size, len(self._jets))

    @property
    def is_over(self) -> bool:
        """Whether all epochs are done, or the validation loss has not fallen for as long as the card allows."""
        return self._progress.epoch > self._task.epochs or self._progress.age > self._settings.patience

    def epoch(self, bar: Bar) -> Row:
        """Train on every jet once, or on what is left of an epoch; return its row of the history."""
        now, start = self._progress, perf_counter() - self._progress.seconds
        random = np.random.default_rng((self._task.seed, now.epoch))
        batches = epoch(self._jets, self._settings.batch_size, random)
        for batch in islice(batches, now.batches, None):
            sums = self._steps.train(batch)
            self._check(sums, batch, f"batch {now.batches + 1} of epoch {now.epoch}")
            now.sums, now.batches, now.seconds = now.sums + sums, now.batches + 1, perf_counter() - start
            bar.update(len(batch))
            if perf_counter() - self._saved > _SAVING:
                self._save()
        row = {"epoch": now.epoch} | self._means(now.sums)
        row |= {"learning_rate": float(self._steps.optimizer.learning_rate)} | self._validated()
        row["seconds"] = perf_counter() - start
        now.finish_epoch(row, self.model.get_weights())
        self._save()
        return row

    def use_best(self) -> None:
        """Give the model the weights that it had after the best epoch."""
        self.model.set_weights(self._progress.best)

    def _validated(self) -> Row:
        sums = np.zeros(3)
        for jets in self._validation.pools(np.random.default_rng((self._task.seed, 0))):
            for batch in ordered(jets, SCORING_BUCKETS, SCORING_BATCH):
                found = self._steps.validate(batch)
                self._check(found, batch, f"validation after epoch {self._progress.epoch}")
                sums += found
        return {f"val_{name}": value for name, value in self._means(sums).items()}

    def _check(self, sums: npt.NDArray[np.float64], batch: Batch, place: str) -> None:
        if not np.isfinite(sums).all():
            raise blame(self.model, batch, place)

    def _means(self, sums: npt.NDArray[np.float64]) -> Row:
        weight, loss, right = sums.tolist()
        return {"loss": loss / weight} | ({"accuracy": right / weight} if "scores" in self._steps.shares else {})

    def _save(self) -> None:
        if self._unfinished is not None:
            self._unfinished.save(self._progress, self.model, self._steps.optimizer)
        self._saved = perf_counter()


def _built(task: Task) -> keras.Model:
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(task.tagger.training.precision)
    try:
        return task.tagger.build(
            model_inputs(task.schema, task.tagger.inputs, task.summary, task.tagger.training.classes)
        )
    finally:
        keras.config.set_dtype_policy(before)
