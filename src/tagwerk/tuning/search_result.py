"""What came of a search: its trials, the best of them, and a table."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import optuna
import pandas as pd
from optuna.trial import FrozenTrial, TrialState

from tagwerk.errors import UserError
from tagwerk.tuning.losses import Losses
from tagwerk.tuning.queue import START, finished
from tagwerk.tuning.run import NOTE
from tagwerk.tuning.space import Space, Values

_STATES = {TrialState.COMPLETE: "complete", TrialState.PRUNED: "pruned", TrialState.FAIL: "failed"}


@dataclass(frozen=True)
class Tried:
    """What came of one trial.

    Attributes:
        number: of the trial, in the order in which they began.
        state: complete; pruned, where it was stopped early or its settings could not be trained; or failed.
        loss: the lowest on the validation jets; of one stopped early, so far; no number without any epoch.
        above_best, error: by how much it is above the best trial's on the same jets, and the error of this from their
            finite number; no numbers where it did not come to its end.
        epochs, seconds: what it took.
        values: its settings.
        is_start: whether they are those of the card that one began with.
        note: why they could not be trained.
    """

    number: int
    state: str
    loss: float
    above_best: float
    error: float
    epochs: int
    seconds: float
    values: Values
    is_start: bool
    note: str


@dataclass(frozen=True)
class Result:
    """What came of a search.

    Attributes:
        space: of the settings that were tried.
        trials: in their order.
        best: the one of the lowest loss of those that came to their end.
        start: the one with the settings of the card that one began with, where it came to its end.
    """

    space: Space
    trials: list[Tried]
    best: Tried
    start: Tried | None

    @classmethod
    def of(cls, study: optuna.Study, space: Space, losses: Losses) -> "Result":
        """Return what came of the trials that count.

        Raises:
            UserError: none came to its end.
        """
        counted = finished(study.get_trials(deepcopy=False))
        complete = [each for each in counted if each.state == TrialState.COMPLETE]
        if not complete:
            raise UserError("no trial came to its end; begin a search of another space, or raise 'trials' in its card")
        best = min(complete, key=lambda each: each.values[0])
        trials = [_tried(each, space, losses.difference(each.number, best.number)) for each in counted]
        done = {each.number: each for each in trials if each.state == "complete"}
        start = next((each for each in done.values() if each.is_start), None)
        return cls(space, trials, done[best.number], start)

    def table(self) -> pd.DataFrame:
        """Return a row a trial, with a column a setting."""
        return pd.DataFrame([_row(each) for each in self.trials])


def _tried(trial: FrozenTrial, space: Space, above_best: tuple[float, float]) -> Tried:
    return Tried(
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


def _row(trial: Tried) -> dict[str, Any]:
    row = {name: getattr(trial, name) for name in ("number", "state", "loss", "above_best", "error", "epochs")}
    row |= {"seconds": round(trial.seconds, 1)} | trial.values
    return row | {"note": "the card one began with" if trial.is_start and not trial.note else trial.note}
