"""The search itself: one trial after the other, until all processes together have done them all."""

import time
from collections.abc import Callable

import optuna
from optuna.exceptions import UpdateFinishedTrialError
from optuna.trial import TrialState

from tagwerk.tuning.queue import Queue

NOTE = "note"
_LOOK = 2.0  # seconds between two looks at whether others are done


class UnfitError(Exception):
    """Settings with which nothing can be trained; its text says why."""


def search(
    queue: Queue, loss: Callable[[optuna.Trial], float], begun: Callable[[optuna.Trial], None] = lambda trial: None
) -> None:
    """Do trials until all are done, those of other processes included.

    Args:
        queue: of all trials.
        loss: does one: returns its lowest validation loss, raises TrialPruned to end it early, or UnfitError.
        begun: is told of each trial that begins here.
    """
    while not queue.is_over():
        trial = queue.begin()
        if trial is None:
            time.sleep(_LOOK)
            continue
        begun(trial)
        _do(queue.study, trial, loss)


def _do(study: optuna.Study, trial: optuna.Trial, loss: Callable[[optuna.Trial], float]) -> None:
    """Do one trial and write down what came of it."""
    try:
        try:
            study.tell(trial, loss(trial))
        except optuna.TrialPruned:
            study.tell(trial, state=TrialState.PRUNED)
        except UnfitError as reason:
            # One stopped early is among the worst, and what is like it avoided; from a failed one nothing is learnt.
            trial.set_user_attr(NOTE, str(reason))
            study.tell(trial, state=TrialState.PRUNED)
    except (UpdateFinishedTrialError, ValueError) as error:
        # The process was silent for so long, asleep maybe, that another one has taken this trial over.
        if not study.get_trials(deepcopy=False)[trial.number].state.is_finished():
            raise error
