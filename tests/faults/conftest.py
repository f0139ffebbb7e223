"""A small study whose processes are killed, stopped and starved at known moments, and what they must end with."""

import hashlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
import weakref
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from tests.conftest import STUDY, toy_branches, write_card, write_cards, write_root
from tests.workflow.conftest import ROOT, Project, made_once

HOOKS = Path(__file__).parent / "hooks"
RUNS = "results/studies/toy"
COMMANDS = "commands.jsonl"  # the arguments of every `tagwerk` of the undisturbed run
SCORES = [f"{RUNS}/{tagger}/seed1/scores/about.json" for tagger in ("boosted_trees", "lstm")]
PARTS = "results/datasets/toy/jets"
_COST = "pareto_front"  # the figure of rejection and time
_TIMES = ("seconds", "per_second")  # parts of the names of keys that two runs do not share
_END = 1800.0  # seconds after which a process is taken to hang


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """All these tests run processes for many seconds."""
    for item in items:
        if item.path.is_relative_to(Path(__file__).parent):
            item.add_marker(pytest.mark.slow)


def fault(program: str, at: str, do: str, mark: Path, **options: int) -> dict[str, Any]:
    """Return a fault for a process; see `hooks/sitecustomize.py`."""
    return {"program": program, "at": at, "do": do, "mark": str(mark), **options}


class Place(Project):
    """A folder in which processes run, some of them with a fault."""

    def start(self, *command: Any, faults: list[dict[str, Any]] | None = None, **environment: str) -> "Process":
        """Start a program of the environment in a process group of its own."""
        variables = os.environ | {
            "PYTHONPATH": f"{HOOKS}{os.pathsep}{ROOT / 'src'}",
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            "TAGWERK_FAULTS": json.dumps(faults or []),
            "TAGWERK_COMMANDS": str(self.path / COMMANDS),
        }
        return Process(list(map(str, command)), self.path, variables | environment)

    def tagwerk(self, *arguments: Any, faults: list[dict[str, Any]] | None = None, **environment: str) -> "Process":
        """Start `tagwerk`."""
        return self.start(sys.executable, "-m", "tagwerk", *arguments, faults=faults, **environment)

    def workflow(self, *arguments: Any, faults: list[dict[str, Any]] | None = None, **environment: str) -> "Process":
        """Start Snakemake on the toy study, with no logs of earlier jobs."""
        shutil.rmtree(self.path / "results/logs", ignore_errors=True)
        return self.start("snakemake", "--cores", 2, *arguments, faults=faults, **environment)

    def finish(self, *arguments: Any) -> str:
        """Run Snakemake to the end, which is the report unless other targets are given, and return its output."""
        process = self.workflow(*arguments)
        assert process.wait() == 0, process.output
        return process.output

    def snakemake(self, *arguments: str) -> str:
        """Run Snakemake on the toy study, successfully, and return its output."""
        return self.finish(*arguments)

    def messages(self) -> dict[str, list[str]]:
        """Return what Tagwerk said in the jobs of the last run, by rule."""
        found: dict[str, list[str]] = {}
        for log in sorted((self.path / "results/logs").rglob("*.log")):
            lines = [line for line in log.read_text().splitlines() if line.startswith("tagwerk: ")]
            if lines:
                found.setdefault(log.relative_to(self.path / "results/logs").parts[0], []).extend(lines)
        return found


class Process:
    """A running process; its output goes to memory, so that it never waits for a reader."""

    def __init__(self, command: list[str], folder: Path, environment: dict[str, str]) -> None:
        self._log = os.memfd_create("output")
        weakref.finalize(self, os.close, self._log)
        self._process = subprocess.Popen(
            command, cwd=folder, env=environment, stdout=self._log, stderr=subprocess.STDOUT, start_new_session=True
        )
        self.pid = self._process.pid

    @property
    def output(self) -> str:
        return os.pread(self._log, os.fstat(self._log).st_size, 0).decode()

    @property
    def lines(self) -> list[str]:
        """The lines of Tagwerk itself."""
        return [line for line in self.output.splitlines() if line.startswith("tagwerk: ")]

    def wait(self, seconds: float = _END) -> int:
        """Return the exit status, minus the signal's number for a killed process."""
        return self._process.wait(seconds)

    def running(self) -> bool:
        return self._process.poll() is None

    def kill(self, signum: int = signal.SIGKILL) -> None:
        os.kill(self.pid, signum)

    def kill_group(self, signum: int = signal.SIGKILL) -> None:
        """Send a signal to the process and all that it has started."""
        os.killpg(self.pid, signum)


def wait_for(condition: Callable[[], Any], process: Process | None = None) -> None:
    """Wait until a condition holds, as long as a process runs."""
    end = time.monotonic() + _END
    while not condition():
        assert time.monotonic() < end
        assert process is None or process.running(), process.output
        time.sleep(0.02)


def job(place: Place, stage: str, *words: str) -> list[str]:
    """Return the arguments with which the finished workflow ran a stage, the first job with these words in them."""
    jobs = [json.loads(line) for line in (place.path / COMMANDS).read_text().splitlines()]
    return next(each for each in jobs if each[0] == stage and all(any(w in text for text in each) for w in words))


def marked(mark: Path) -> list[int]:
    """Return the processes in which a fault happened."""
    return [int(line) for line in mark.read_text().split()] if mark.exists() else []


def fingerprint(folder: Path) -> dict[str, str]:
    """Return a hash of every result in a folder, but for what two undisturbed runs do not share: times and dates."""
    files = [path for path in sorted(folder.rglob("*")) if path.is_file() and _is_result(path, folder)]
    return {str(path.relative_to(folder)): hashlib.sha256(_lasting(path)).hexdigest() for path in files}


def _is_result(path: Path, folder: Path) -> bool:
    if path.name.endswith("provenance.json"):
        return False
    others = ("tensorboard", "logs", "benchmarks", "config", "workflow", "src", "searches")
    parts = path.relative_to(folder).parts
    hidden = any(part.startswith(".") or ".damaged." in part or part in others for part in parts)
    return (
        not hidden and path.stem != _COST and path.suffix in (".parquet", ".json", ".csv", ".keras", ".skops", ".root")
    )


def _lasting(path: Path) -> bytes:
    if path.suffix == ".json":
        return json.dumps(_without_times(json.loads(path.read_text()))).encode()
    if path.suffix == ".csv":
        table = pd.read_csv(path)
        return table[[name for name in table if "seconds" not in name]].to_csv().encode()
    if path.suffix == ".keras":
        with zipfile.ZipFile(path) as file:
            # Keras numbers shared objects by their addresses in memory.
            config = re.sub(rb'"shared_object_id": \d+', b"", file.read("config.json"))
            return config + file.read("model.weights.h5")
    if path.suffix == ".skops":
        with zipfile.ZipFile(path) as file:
            # Named by addresses in memory.
            return b"".join(sorted(file.read(name) for name in file.namelist() if name.endswith(".npy")))
    return path.read_bytes()


def _without_times(content: Any) -> Any:
    """Return JSON content without checksums, times and the figure of times."""
    if isinstance(content, list):
        return [_without_times(each) for each in content if not isinstance(each, dict) or each.get("name") != _COST]
    if isinstance(content, dict):
        left_out = ("sha256", "files")
        kept = {k: v for k, v in content.items() if k not in left_out and not any(part in k for part in _TIMES)}
        return {name: _without_times(value) for name, value in kept.items()}
    return content


@contextmanager
def mounted(folder: Path, *options: str) -> Iterator[None]:
    """Mount something on a folder; skip the test where that is not allowed."""
    folder.mkdir(parents=True, exist_ok=True)
    done = subprocess.run(["mount", *options, folder], capture_output=True, text=True)
    if done.returncode:
        pytest.skip(f"cannot mount a file system: {done.stderr.strip()}")
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)


def damage(path: Path, how: str) -> None:
    """Truncate a file, flip a bit of it, empty it or delete it; a failing disk changes no time."""
    content, status = bytearray(path.read_bytes()), path.stat()
    if how == "deleted":
        path.unlink()
        return
    if how == "flipped":
        content[len(content) // 2] ^= 4
    path.write_bytes({"emptied": b"", "truncated": content[: 2 * len(content) // 3]}.get(how, content))
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))


@pytest.fixture(scope="session")
def fresh_toy(tmp_path_factory: pytest.TempPathFactory) -> Place:
    """A project with the toy study, not yet run: two files, boosted trees and a network."""
    place = Place.create(tmp_path_factory.mktemp("faults"), "workflow")
    toy = write_cards(place.path)
    for index, file in enumerate(toy.files):
        write_root(file, toy_branches(200 * index, 200))
    write_card(toy.study, STUDY | {"taggers": ["boosted_trees", "lstm"], "epochs": 2, "robustness": {"jets": 0}})
    write_card(place.path / "config/config.yaml", {"study": "toy"})
    return Place(place.path)


@pytest.fixture(scope="session")
def finished_toy(fresh_toy: Place, tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Place:
    """The toy study after an undisturbed run, the same for all workers of pytest; read-only."""

    def finished_toy(path: Path) -> None:
        copy_of(fresh_toy, path).finish()

    return Place(made_once(tmp_path_factory, worker_id, finished_toy))


@pytest.fixture(scope="session")
def undisturbed(finished_toy: Place) -> dict[str, str]:
    """The results of an undisturbed run."""
    return fingerprint(finished_toy.path / "results")


@pytest.fixture(scope="session")
def undisturbed_scores(undisturbed: dict[str, str]) -> dict[str, str]:
    """The results of an undisturbed run up to the scores: comparing takes longer than all the rest."""
    return {name: digest for name, digest in undisturbed.items() if not name.startswith("studies/toy/comparison")}


def copy_of(place: Place, path: Path) -> Place:
    """Return a copy of a project with the times of its files."""
    shutil.copytree(place.path, path, symlinks=True)
    return Place(path)


@pytest.fixture
def project(fresh_toy: Place, tmp_path: Path) -> Place:
    """The toy study, not yet run."""
    return copy_of(fresh_toy, tmp_path / "toy")


@pytest.fixture
def untrained(finished_toy: Place, tmp_path: Path) -> Place:
    """The toy study with all jets ready, but no model, scores and comparison."""
    place = copy_of(finished_toy, tmp_path / "toy")
    for folder in ("boosted_trees", "lstm", "comparison", "report.html"):
        remove(place.path / RUNS / folder)
    return place


def remove(path: Path) -> None:
    """Remove a file or a directory."""
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink()


@pytest.fixture
def finished(finished_toy: Place, tmp_path: Path) -> Place:
    """The toy study after an undisturbed run, to be damaged."""
    return copy_of(finished_toy, tmp_path / "toy")
