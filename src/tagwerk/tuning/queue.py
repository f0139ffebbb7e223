"""Which trial comes next, over all processes of a search."""

from pathlib import Path
from typing import Any

import optuna
from optuna.trial import FrozenTrial, TrialState

from tagwerk.tuning.journal import turn
from tagwerk.tuning.space import Space
from tagwerk.tuning.worker import Worker

START = "start"  # marks the trial with the settings of the card that one began with
_WORKER = "worker"
_ATTEMPT = "attempt"
_ATTEMPTS = 3  # of a trial whose process dies each time: it may be what kills it, by want of memory


class Queue:
    """The trials of a search: so many in all, each done by one process, and again where that one died."""

    def __init__(self, study: optuna.Study, journal: Path, space: Space, trials: int, worker: Worker) -> None:
        """Stand in the queue as this worker; a new search begins with the settings of the tagger's own card."""
        self.study, self._journal, self._space = study, journal, space
        self._trials, self._worker = trials, worker
        with turn(journal):
            if not study.get_trials(deepcopy=False):
                start = space.start()
                study.enqueue_trial(start, {START: start.keys() == space.distributions.keys()})

    def begin(self) -> optuna.Trial | None:
        """Return a trial to be done by this process; None where all are done, or being done by others."""
        with turn(self._journal):
            trials = self.study.get_trials(deepcopy=False)
            running = [each for each in trials if each.state == TrialState.RUNNING]
            dead = [each for each in running if not self._worker.sees(each.user_attrs.get(_WORKER, ""))]
            for each in dead:
                self._again(each)
            if len(finished(trials)) + len(running) - len(dead) >= self._trials:
                return None
            trial = self.study.ask(self._space.distributions)
            trial.set_user_attr(_WORKER, self._worker.name)
            return trial

    def is_over(self) -> bool:
        """Return whether all trials are done."""
        return len(finished(self.study.get_trials(deepcopy=False))) >= self._trials

    def _again(self, trial: FrozenTrial) -> None:
        """Give up on a trial whose process died, and have another one do it from its beginning.

        In this order it is not forgotten should this process die here.
        """
        attempt = _attempt(trial)
        if attempt < _ATTEMPTS:
            marks: dict[str, Any] = {_ATTEMPT: attempt + 1, START: trial.user_attrs.get(START, False)}
            self.study.enqueue_trial(trial.params, marks)
        self.study.tell(trial.number, state=TrialState.FAIL)
        self._worker.bury(trial.user_attrs.get(_WORKER, ""))


def finished(trials: list[FrozenTrial]) -> list[FrozenTrial]:
    """Return the trials that count: those done, stopped early, or given up on for good."""
    return [
        each
        for each in trials
        if each.state in (TrialState.COMPLETE, TrialState.PRUNED)
        or (each.state == TrialState.FAIL and _attempt(each) >= _ATTEMPTS)
    ]


def _attempt(trial: FrozenTrial) -> int:
    return int(trial.user_attrs.get(_ATTEMPT, 1))
