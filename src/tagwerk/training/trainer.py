"""The training loop of a network, from its beginning or from a checkpoint."""

from itertools import islice
from time import perf_counter

import keras
import numpy as np
import numpy.typing as npt

from tagwerk.cards.tagger import TrainingSettings
from tagwerk.progress import Bar
from tagwerk.stopping import stop_if_asked
from tagwerk.training.batches import Batch, scoring_batches, training_batches
from tagwerk.training.checkpoint import Checkpoint
from tagwerk.training.diagnose import diagnose_nonfinite
from tagwerk.training.examples import ExampleSource
from tagwerk.training.objectives import TrainingObjective
from tagwerk.training.schedules import Cooldown, TimedSchedule, WarmUp, learning_rate, optimizer
from tagwerk.training.state import Row, TrainingState
from tagwerk.training.train_step import Steps

SCORING_BATCH = 512
_COOLING_SHARE = 0.25  # of the epochs before; from a fifth of all on, longer is hardly better (arXiv:2405.18392)
_SAVE_INTERVAL = 60.0  # seconds between two checkpoints, at least
_SAVE_SHARE = 0.01  # of the time, at most, that is spent on saving them, such as to a busy disk


class Trainer:
    """A network in training."""

    def __init__(
        self,
        model: keras.Model,
        objective: TrainingObjective,
        settings: TrainingSettings,
        source: ExampleSource,
        validation: ExampleSource,
        *,
        epochs: int,
        seed: int,
        seconds: float | None = None,
        checkpoint: Checkpoint | None = None,
    ) -> None:
        """Resume from the checkpoint, if there is one.

        With `seconds`, training ends after this time, validations included, if the epochs do not end before.
        """
        self.model, self._settings, self._epochs, self._seed = model, settings, epochs, seed
        self._source, self._validation, self._checkpoint = source, validation, checkpoint
        self._epoch_steps = -(-len(source) // settings.batch_size)
        self._seconds, self._timed = seconds, None if seconds is None else TimedSchedule(settings)
        rate = self._timed or learning_rate(settings, epochs, self._epoch_steps)
        self._cooldown = rate.decay if isinstance(rate, WarmUp) and isinstance(rate.decay, Cooldown) else None
        self._steps = Steps(model, optimizer(settings, rate), objective)
        self._state = TrainingState(best=self.model.get_weights())
        if checkpoint is not None and checkpoint.exists():
            self._state = checkpoint.load(self.model, self._steps.optimizer)
            self._cool()
        self._next_save, self._saved = perf_counter() + _SAVE_INTERVAL, False

    @property
    def rows(self) -> list[Row]:
        """Losses and other metrics of the finished epochs."""
        return list(self._state.history)

    @property
    def examples_done(self) -> int:
        """Number of examples trained on so far, including those before a resume."""
        return (self._state.epoch - 1) * len(self._source) + self._examples_of_epoch()

    @property
    def is_finished(self) -> bool:
        """Whether all epochs are done, or the validation loss has not improved for longer than `patience`.

        With the schedule `plateau`, the learning rate falls to zero before the end.
        """
        state = self._state
        if self._cooldown is not None:
            return bool(state.cooling) and state.epoch > state.cooling + self._cooling_epochs(state.cooling)
        return state.epoch > self._epochs or state.age > self._settings.patience or self._spent() >= 1

    def train_epoch(self, bar: Bar) -> Row:
        """Train for one epoch, or the rest of a resumed one; return its row of the history."""
        state, start = self._state, perf_counter() - self._state.seconds
        random = np.random.default_rng((self._seed, state.epoch))
        batches = training_batches(self._source, self._settings.batch_size, random)
        for batch in islice(batches, state.batches, None):
            if self._timed is not None:
                self._timed.spend(self._spent())
            sums = self._steps.train_on_batch(batch)
            self._check(sums, batch, f"batch {state.batches + 1} of epoch {state.epoch}")
            state.sums, state.batches, state.seconds = state.sums + sums, state.batches + 1, perf_counter() - start
            bar.update(len(batch))
            del batch  # whose window need not be in memory while the next one is read
            stop_if_asked()
            if perf_counter() > self._next_save:
                self.save()
            if self._spent() >= 1:
                break
        row = {"epoch": state.epoch} | self._means(state.sums)
        row |= {"learning_rate": float(self._steps.optimizer.learning_rate)} | self._validate()
        if self._timed is not None:
            row["examples"] = self._examples_of_epoch()
        row["seconds"] = perf_counter() - start
        state.finish_epoch(row, self.model.get_weights())
        self._start_cooling_at_plateau()
        if not self._saved or perf_counter() > self._next_save:
            self.save()
        return row

    def _examples_of_epoch(self) -> int:
        """Return the number of examples of the current epoch that are done."""
        return min(self._state.batches * self._settings.batch_size, len(self._source))

    def _spent(self) -> float:
        """Return the share of the time that was spent, zero where it has no limit."""
        if self._seconds is None:
            return 0.0
        return (sum(row["seconds"] for row in self._state.history) + self._state.seconds) / self._seconds

    def _start_cooling_at_plateau(self) -> None:
        """Let the learning rate fall from the best epoch on, if the loss is on a plateau or the epochs run out."""
        state = self._state
        done = state.epoch - 1
        last = done + self._cooling_epochs(done) >= self._epochs
        if self._cooldown is not None and not state.cooling and (state.age > self._settings.patience or last):
            state.cooling = done
            self.model.set_weights(state.best)
            self._cool()

    def _cool(self) -> None:
        state = self._state
        if self._cooldown is not None and state.cooling:
            steps = self._cooling_epochs(state.cooling) * self._epoch_steps
            self._cooldown.start(state.cooling * self._epoch_steps, steps)

    def _cooling_epochs(self, done: int) -> int:
        """Return how many epochs the learning rate falls after this many."""
        return min(max(round(_COOLING_SHARE * done), 1), self._epochs - done)

    def restore_best_weights(self) -> None:
        """Give the model the weights of its best epoch."""
        self.model.set_weights(self._state.best)

    def _validate(self) -> Row:
        sums = np.zeros(3)
        for pool in self._validation.pools(np.random.default_rng((self._seed, 0))):
            for batch in scoring_batches(pool, SCORING_BATCH):
                batch_sums = self._steps.test_on_batch(batch)
                self._check(batch_sums, batch, f"validation after epoch {self._state.epoch}")
                sums += batch_sums
                del batch
                stop_if_asked()
            del pool  # before the next window is read
        return {f"val_{name}": value for name, value in self._means(sums).items()}

    def _check(self, sums: npt.NDArray[np.float64], batch: Batch, where: str) -> None:
        if not np.isfinite(sums).all():
            raise diagnose_nonfinite(self.model, batch, where)

    def _means(self, sums: npt.NDArray[np.float64]) -> Row:
        weight, loss, correct = sums.tolist()
        return {"loss": loss / weight} | ({"accuracy": correct / weight} if self._steps.objective.classifies else {})

    def save(self) -> None:
        """Write the checkpoint, if there is one; call it between two batches."""
        start = perf_counter()
        if self._checkpoint is not None:
            self._checkpoint.save(self._state, self.model, self._steps.optimizer)
        end = perf_counter()
        self._next_save, self._saved = end + max(_SAVE_INTERVAL, (end - start) / _SAVE_SHARE), True
