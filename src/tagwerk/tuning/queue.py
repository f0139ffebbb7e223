"""The queue of trials, shared by all processes of a search."""

from pathlib import Path
from typing import Any

import optuna
from optuna.trial import FrozenTrial, TrialState

from tagwerk.tuning.journal import exclusive_access
from tagwerk.tuning.space import Space
from tagwerk.tuning.worker import Worker

START = "start"  # marks the trial with the settings of the initial card
_WORKER = "worker"
_ATTEMPT = "attempt"
_FIRST = "first"  # number of the first attempt
_MAX_ATTEMPTS = 3  # of a trial whose process dies: the trial may be the cause, by running out of memory


class TrialQueue:
    """The trials of a search, each run by one process, and again if that process died."""

    def __init__(self, study: optuna.Study, journal: Path, space: Space, trials: int, worker: Worker) -> None:
        """Join the queue as this worker; the first trial of a search has the settings of the initial card."""
        self.study, self._journal, self._space = study, journal, space
        self._trials, self._worker = trials, worker
        with exclusive_access(journal):
            if not study.get_trials(deepcopy=False):
                start = space.start_params()
                study.enqueue_trial(start, {START: start.keys() == space.distributions.keys()})

    def next_trial(self) -> optuna.Trial | None:
        """Return a trial for this process to run; None if all are done or running."""
        with exclusive_access(self._journal):
            trials = self.study.get_trials(deepcopy=False)
            running = [trial for trial in trials if trial.state == TrialState.RUNNING]
            dead = [trial for trial in running if not self._worker.is_alive(trial.user_attrs.get(_WORKER, ""))]
            for trial in dead:
                self._retry(trial)
            if len(finished_trials(trials)) + len(running) - len(dead) >= self._trials:
                return None
            new = self.study.ask(self._space.distributions)
            new.set_user_attr(_WORKER, self._worker.name)
            return new

    def is_finished(self) -> bool:
        """Return whether all trials are done."""
        return len(finished_trials(self.study.get_trials(deepcopy=False))) >= self._trials

    def give_back(self, trial: optuna.Trial) -> None:
        """Let another process, or this one later, continue a trial that a signal has stopped."""
        with exclusive_access(self._journal):
            self._enqueue(trial, _attempt(trial))
            trial.set_user_attr(_ATTEMPT, 0)  # it does not count as failed
            self.study.tell(trial, state=TrialState.FAIL)

    def _retry(self, trial: FrozenTrial) -> None:
        """Enqueue another attempt at a trial whose process died, then mark this one as failed.

        In this order the trial is not lost if this process dies in between.
        """
        attempt = _attempt(trial)
        if attempt < _MAX_ATTEMPTS:
            self._enqueue(trial, attempt + 1)
        self.study.tell(trial.number, state=TrialState.FAIL)
        self._worker.remove_heartbeat(trial.user_attrs.get(_WORKER, ""))

    def _enqueue(self, trial: FrozenTrial | optuna.Trial, attempt: int) -> None:
        user_attrs: dict[str, Any] = {_ATTEMPT: attempt, _FIRST: first_attempt(trial)}
        self.study.enqueue_trial(trial.params, user_attrs | {START: trial.user_attrs.get(START, False)})


def first_attempt(trial: FrozenTrial | optuna.Trial) -> int:
    """Return the number of the first attempt at a trial."""
    return int(trial.user_attrs.get(_FIRST, trial.number))


def finished_trials(trials: list[FrozenTrial]) -> list[FrozenTrial]:
    """Return the trials that count: completed, pruned, or failed after the last attempt."""
    return [
        trial
        for trial in trials
        if trial.state in (TrialState.COMPLETE, TrialState.PRUNED)
        or (trial.state == TrialState.FAIL and _attempt(trial) >= _MAX_ATTEMPTS)
    ]


def _attempt(trial: FrozenTrial | optuna.Trial) -> int:
    return int(trial.user_attrs.get(_ATTEMPT, 1))
