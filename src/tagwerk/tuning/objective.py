"""The objective of a search: the lowest validation loss of a training."""

from dataclasses import dataclass, replace
from pathlib import Path

import keras
import optuna
import tensorflow as tf

from tagwerk.errors import UserError
from tagwerk.training import network
from tagwerk.training.checkpoint import Checkpoint, resumable
from tagwerk.training.diagnose import DivergedError
from tagwerk.training.split_jets import SplitJets
from tagwerk.training.state import Row
from tagwerk.training.task import Task
from tagwerk.tuning.jet_losses import jet_losses
from tagwerk.tuning.losses import TrialLosses
from tagwerk.tuning.queue import first_attempt
from tagwerk.tuning.run import UntrainableError
from tagwerk.tuning.space import Space


@dataclass(frozen=True)
class Objective:
    """The lowest validation loss of a training.

    Attributes:
        space: the settings that a trial may change.
        task: columns, epochs and seed, which all trials share, so that they differ by their settings only.
        jets, validation: to train on, and to validate on.
        losses: store for the losses of the validation jets.
        unfinished: the directory for the checkpoints of trials.
    """

    space: Space
    task: Task
    jets: SplitJets
    validation: SplitJets
    losses: TrialLosses
    unfinished: Path

    def __call__(self, trial: optuna.Trial) -> float:
        """Return the lowest validation loss of a trial.

        Raises:
            TrialPruned: it is stopped early.
            UntrainableError: the settings are incompatible, do not fit into memory, or the loss diverged.
            Stopped: a signal asks for it; the next attempt at the trial resumes it.
        """
        try:
            tagger = self.space.card(self.space.values(trial.params))
        except UserError as error:
            raise UntrainableError(str(error)) from None
        keras.backend.clear_session()
        keras.utils.set_random_seed(self.task.seed)
        task = replace(self.task, tagger=tagger)
        with resumable(self.unfinished / f"trial{first_attempt(trial)}", task, self.jets) as checkpoint:
            try:
                return self._train(trial, task, checkpoint)
            except (optuna.TrialPruned, UntrainableError):
                checkpoint.remove()
                raise

    def _train(self, trial: optuna.Trial, task: Task, checkpoint: Checkpoint) -> float:
        """Train, save the losses of the validation jets and return the lowest validation loss."""
        try:
            model, history = network.train(
                task, self.jets, self.validation, checkpoint, lambda row: self._watch(trial, row)
            )
            self.losses.save(trial.number, jet_losses(model, task, self.validation))
        except DivergedError:
            raise UntrainableError("the loss diverged") from None
        except (MemoryError, tf.errors.ResourceExhaustedError):
            raise UntrainableError("did not fit into memory") from None
        return float(history["val_loss"].min())

    def _watch(self, trial: optuna.Trial, row: Row) -> None:
        """Report an epoch; raise TrialPruned if the trial should be pruned and epochs are left."""
        epoch = int(row["epoch"])
        trial.report(row["val_loss"], epoch)
        if epoch < self.task.epochs and trial.should_prune():
            raise optuna.TrialPruned
