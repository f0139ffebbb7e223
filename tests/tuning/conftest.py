"""A search over two settings with a known loss in place of a training."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import optuna
import pytest

from tagwerk.cards.search import Dimension
from tagwerk.cards.tagger import Tagger
from tagwerk.tuning.journal import open_study
from tagwerk.tuning.queue import TrialQueue
from tagwerk.tuning.run import run_trials
from tagwerk.tuning.sampler import SeededTPESampler
from tagwerk.tuning.space import Space
from tagwerk.tuning.worker import HEARTBEAT_TIMEOUT, Worker
from tests.conftest import TAGGERS

RATE, UNITS = "training.learning_rate", "hyperparameters.units"
DIMENSIONS: dict[str, Any] = {
    RATE: {"low": 0.001, "high": 0.1, "log": True},
    UNITS: {"choices": [[6], [8], [4, 4]]},
}
ROOT = Path(__file__).parents[2]


def space_of(dimensions: dict[str, Any] = DIMENSIONS) -> Space:
    """Return a space of the toy LSTM's settings: a learning rate of 0.02 and 6 units."""
    tagger = Tagger.model_validate(TAGGERS["lstm"])
    return Space.of(tagger, {key: Dimension.model_validate(values) for key, values in dimensions.items()})


def study_in(journal: Path, seed: int = 1, pruner: optuna.pruners.BasePruner | None = None) -> optuna.Study:
    """Return the study in a journal."""
    return open_study(journal, {"seed": str(seed)}, SeededTPESampler(seed, 4), pruner or optuna.pruners.NopPruner())


def bowl(trial: optuna.Trial) -> float:
    """Return a loss that is lowest at a learning rate of 0.01."""
    trial.report(abs(trial.params[RATE] - 0.01), 1)
    return float(abs(trial.params[RATE] - 0.01))


@contextmanager
def queued(journal: Path, trials: int, study: optuna.Study | None = None) -> Iterator[TrialQueue]:
    """A queue of trials that a worker has joined."""
    with Worker(journal) as worker:
        yield TrialQueue(study or study_in(journal), journal, space_of(), trials, worker)


def searched(
    journal: Path, trials: int, objective: Callable[[optuna.Trial], float] = bowl, seed: int = 1
) -> optuna.Study:
    """Return the study after a search by this process."""
    study = study_in(journal, seed)
    with queued(journal, trials, study) as queue:
        run_trials(queue, objective)
    return study


def other_process(journal: Path, trials: int, seconds: float) -> "subprocess.Popen[str]":
    """Start another process that takes part, with this many seconds per trial."""
    code = f"""
import time
from pathlib import Path
from tests.tuning.conftest import bowl, searched

def slow_bowl(trial):
    loss = bowl(trial)
    time.sleep({seconds})
    return loss

searched(Path({str(journal)!r}), {trials}, slow_bowl)
"""
    environment = os.environ | {"PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'src'}"}
    return subprocess.Popen([sys.executable, "-c", code], env=environment, text=True)


def wait_for(condition: Callable[[], bool]) -> None:
    """Wait until a condition holds, at most five minutes."""
    end = time.monotonic() + 300
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.01)


def expire_heartbeats(journal: Path) -> None:
    """Make the heartbeats of all workers of a journal so old that their processes are presumed dead."""
    for file in journal.parent.glob(f"{journal.name}.worker-*"):
        past = file.stat().st_mtime - HEARTBEAT_TIMEOUT - 1
        os.utime(file, (past, past))


@pytest.fixture
def journal(tmp_path: Path) -> Path:
    return tmp_path / "search/journal.log"
