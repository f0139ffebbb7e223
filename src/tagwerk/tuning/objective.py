"""What a trial is judged by: the lowest validation loss of a training with its settings."""

from dataclasses import dataclass, replace

import keras
import optuna
import tensorflow as tf

from tagwerk.errors import UserError
from tagwerk.training import network
from tagwerk.training.diagnose import DivergedError
from tagwerk.training.split_jets import SplitJets
from tagwerk.training.state import Row
from tagwerk.training.task import Task
from tagwerk.tuning.jet_losses import jet_losses
from tagwerk.tuning.losses import Losses
from tagwerk.tuning.run import UnfitError
from tagwerk.tuning.space import Space


@dataclass(frozen=True)
class Objective:
    """The lowest validation loss of a training.

    Attributes:
        space: which settings a trial may change.
        task: what all trainings share: columns, epochs, and the seed, so that trials differ by their settings alone.
        jets, validation: to learn from, and to judge by.
        losses: where to keep those of the validation jets.
    """

    space: Space
    task: Task
    jets: SplitJets
    validation: SplitJets
    losses: Losses

    def __call__(self, trial: optuna.Trial) -> float:
        """Return the lowest validation loss that a trial's settings reach.

        Raises:
            TrialPruned: it is stopped early.
            UnfitError: the settings do not go together, do not fit into memory, or the loss became no number.
        """
        try:
            tagger = self.space.card(self.space.values(trial.params))
        except UserError as mistake:
            raise UnfitError(str(mistake)) from None
        keras.backend.clear_session()
        keras.utils.set_random_seed(self.task.seed)
        try:
            task = replace(self.task, tagger=tagger)
            model, history = network.train(task, self.jets, self.validation, watch=lambda row: self._watch(trial, row))
            self.losses.save(trial.number, jet_losses(model, task, self.validation))
        except DivergedError:
            raise UnfitError("the loss became no number") from None
        except (MemoryError, tf.errors.ResourceExhaustedError):
            raise UnfitError("did not fit into memory") from None
        return float(history["val_loss"].min())

    def _watch(self, trial: optuna.Trial, row: Row) -> None:
        """Report an epoch; raise TrialPruned where the trial is worse than others were, unless it was the last one."""
        epoch = int(row["epoch"])
        trial.report(row["val_loss"], epoch)
        if epoch < self.task.epochs and trial.should_prune():
            raise optuna.TrialPruned
