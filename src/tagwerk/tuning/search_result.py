"""The result of a search: its trials, the best of them, and a table."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import optuna
import pandas as pd
from optuna.trial import FrozenTrial, TrialState

from tagwerk.errors import UserError
from tagwerk.tuning.losses import TrialLosses
from tagwerk.tuning.queue import START, finished_trials
from tagwerk.tuning.run import NOTE
from tagwerk.tuning.space import SettingValues, Space

_STATES = {TrialState.COMPLETE: "complete", TrialState.PRUNED: "pruned", TrialState.FAIL: "failed"}


@dataclass(frozen=True)
class TrialResult:
    """The result of one trial.

    Attributes:
        number: of the trial, in order of their start.
        state: complete; pruned, if it was stopped early or its settings could not be trained; or failed.
        loss: the lowest validation loss, up to the stop if pruned; NaN without any epoch.
        above_best, error: its difference to the best trial's loss on the same jets, and the statistical error of that;
            NaN unless complete.
        epochs, seconds: what it took.
        values: its settings.
        is_start: whether they are those of the initial card.
        note: why they could not be trained.
    """

    number: int
    state: str
    loss: float
    above_best: float
    error: float
    epochs: int
    seconds: float
    values: SettingValues
    is_start: bool
    note: str


@dataclass(frozen=True)
class SearchResult:
    """The result of a search.

    Attributes:
        space: of the settings.
        trials: in their order.
        best: the completed trial of lowest loss.
        start: the trial with the settings of the initial card, if complete.
    """

    space: Space
    trials: list[TrialResult]
    best: TrialResult
    start: TrialResult | None

    @classmethod
    def of(cls, study: optuna.Study, space: Space, losses: TrialLosses) -> "SearchResult":
        """Return the result of the finished trials.

        Raises:
            UserError: no trial is complete.
        """
        finished = finished_trials(study.get_trials(deepcopy=False))
        complete = [trial for trial in finished if trial.state == TrialState.COMPLETE]
        if not complete:
            raise UserError("no trial was completed; search another space, or raise 'trials' in the search card")
        best = min(complete, key=lambda trial: trial.values[0])
        trials = [_trial_result(trial, space, losses.difference(trial.number, best.number)) for trial in finished]
        by_number = {trial.number: trial for trial in trials if trial.state == "complete"}
        start = next((trial for trial in by_number.values() if trial.is_start), None)
        return cls(space, trials, by_number[best.number], start)

    def table(self) -> pd.DataFrame:
        """Return one row per trial, with one column per setting."""
        return pd.DataFrame([_row(trial) for trial in self.trials])


def _trial_result(trial: FrozenTrial, space: Space, above_best: tuple[float, float]) -> TrialResult:
    return TrialResult(
        number=trial.number,
        state=_STATES[trial.state],
        loss=min(trial.intermediate_values.values(), default=np.nan) if trial.value is None else trial.value,
        above_best=above_best[0],
        error=above_best[1],
        epochs=len(trial.intermediate_values),
        seconds=trial.duration.total_seconds() if trial.duration is not None else np.nan,
        values=space.values(trial.params),
        is_start=bool(trial.user_attrs.get(START)),
        note="its process died each time" if trial.state == TrialState.FAIL else trial.user_attrs.get(NOTE, ""),
    )


def _row(trial: TrialResult) -> dict[str, Any]:
    row = {name: getattr(trial, name) for name in ("number", "state", "loss", "above_best", "error", "epochs")}
    row |= {"seconds": round(trial.seconds, 1)} | trial.values
    return row | {"note": "the initial card" if trial.is_start and not trial.note else trial.note}
