"""The loop of a search, which runs trials until all processes together have finished them."""

import time
from collections.abc import Callable

import optuna
from optuna.exceptions import UpdateFinishedTrialError
from optuna.trial import TrialState

from tagwerk.stopping import Stopped
from tagwerk.tuning.queue import TrialQueue

NOTE = "note"
_POLL_INTERVAL = 2.0  # seconds between two checks of whether other processes have finished


class UntrainableError(Exception):
    """Settings that cannot be trained; the message says why."""


def run_trials(
    queue: TrialQueue,
    objective: Callable[[optuna.Trial], float],
    on_start: Callable[[optuna.Trial], None] = lambda trial: None,
) -> None:
    """Run trials until all are done, including those of other processes.

    Args:
        queue: of all trials.
        objective: runs a trial and returns its lowest validation loss; may raise TrialPruned or UntrainableError.
        on_start: called with each trial that starts in this process.
    """
    while not queue.is_finished():
        trial = queue.next_trial()
        if trial is None:
            time.sleep(_POLL_INTERVAL)
            continue
        on_start(trial)
        try:
            _run_trial(queue.study, trial, objective)
        except Stopped:
            queue.give_back(trial)
            raise


def _run_trial(study: optuna.Study, trial: optuna.Trial, objective: Callable[[optuna.Trial], float]) -> None:
    """Run a trial and record its result."""
    try:
        try:
            study.tell(trial, objective(trial))
        except optuna.TrialPruned:
            study.tell(trial, state=TrialState.PRUNED)
        except UntrainableError as reason:
            # The sampler ranks pruned trials among the worst and avoids their settings; it ignores failed ones.
            trial.set_user_attr(NOTE, str(reason))
            study.tell(trial, state=TrialState.PRUNED)
    except (UpdateFinishedTrialError, ValueError) as error:
        # The process was without a heartbeat for so long, perhaps suspended, that another one took over this trial.
        if not study.get_trials(deepcopy=False)[trial.number].state.is_finished():
            raise error
