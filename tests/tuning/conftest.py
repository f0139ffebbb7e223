"""A search over two numbers whose loss is known, instead of that of a training."""

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
from tagwerk.tuning.queue import Queue
from tagwerk.tuning.run import search
from tagwerk.tuning.sampler import NumberedSampler
from tagwerk.tuning.space import Space
from tagwerk.tuning.worker import SILENCE, Worker
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
    return Space.of(tagger, {key: Dimension.model_validate(each) for key, each in dimensions.items()})


def study_in(journal: Path, seed: int = 1, pruner: optuna.pruners.BasePruner | None = None) -> optuna.Study:
    """Return the study in a journal."""
    return open_study(journal, {"seed": str(seed)}, NumberedSampler(seed, 4), pruner or optuna.pruners.NopPruner())


def bowl(trial: optuna.Trial) -> float:
    """Return a loss that is lowest at a learning rate of 0.01."""
    trial.report(abs(trial.params[RATE] - 0.01), 1)
    return float(abs(trial.params[RATE] - 0.01))


@contextmanager
def queued(journal: Path, trials: int, study: optuna.Study | None = None) -> Iterator[Queue]:
    """A worker's place in the queue of a search."""
    with Worker(journal) as worker:
        yield Queue(study or study_in(journal), journal, space_of(), trials, worker)


def searched(journal: Path, trials: int, loss: Callable[[optuna.Trial], float] = bowl, seed: int = 1) -> optuna.Study:
    """Return the study after a search by this process."""
    study = study_in(journal, seed)
    with queued(journal, trials, study) as queue:
        search(queue, loss)
    return study


def other_process(journal: Path, trials: int, seconds: float) -> "subprocess.Popen[str]":
    """Start another process that takes part; a trial takes it so many seconds."""
    code = f"""
import time
from pathlib import Path
from tests.tuning.conftest import bowl, searched

def loss(trial):
    found = bowl(trial)
    time.sleep({seconds})
    return found

searched(Path({str(journal)!r}), {trials}, loss)
"""
    environment = os.environ | {"PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'src'}"}
    return subprocess.Popen([sys.executable, "-c", code], env=environment, text=True)


def wait_for(happened: Callable[[], bool]) -> None:
    """Wait until something happened, at most half a minute."""
    end = time.monotonic() + 30
    while not happened():
        assert time.monotonic() < end
        time.sleep(0.01)


def make_old(journal: Path) -> None:
    """Make the signs of life of all workers of a journal so old that their processes are taken for dead."""
    for sign in journal.parent.glob(f"{journal.name}.worker-*"):
        past = sign.stat().st_mtime - SILENCE - 1
        os.utime(sign, (past, past))


@pytest.fixture
def journal(tmp_path: Path) -> Path:
    return tmp_path / "search/journal.log"
