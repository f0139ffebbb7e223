"""A project with a small study, run once for all tests here."""

import fcntl
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]
SEEDS = "results/studies/small/{}/seed1"


@dataclass(frozen=True)
class Project:
    """A project folder in which Snakemake and `tagwerk` can be run."""

    path: Path

    @classmethod
    def create(cls, path: Path, *folders: str) -> "Project":
        """Return a project with a copy of some folders, which runs the tested code with its compiled kernels."""
        for folder in folders:
            shutil.copytree(ROOT / folder, path / folder, ignore=shutil.ignore_patterns("__pycache__"))
        shutil.copy(ROOT / "environment.yml", path)
        return cls(path)

    def copy_code(self) -> None:
        """Copy the code, so that it can be changed; from now on this copy runs."""
        if not (self.path / "src").exists():
            shutil.copytree(ROOT / "src", self.path / "src", ignore=shutil.ignore_patterns("__pycache__"))

    def run(self, *command: str) -> subprocess.CompletedProcess[str]:
        """Run a program of the environment with the project's code; return its output and exit status."""
        code = next(folder for folder in (self.path / "src", ROOT / "src") if folder.exists())
        environment = os.environ | {
            "PYTHONPATH": os.pathsep.join([str(code), os.environ.get("PYTHONPATH", "")]),
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        }
        return subprocess.run(
            command, cwd=self.path, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )

    def snakemake(self, *arguments: str) -> str:
        """Run Snakemake on the small study, successfully, and return its output."""
        run = self.run("snakemake", "--cores", "2", "--config", "study=small", *arguments)
        assert run.returncode == 0, run.stdout
        return run.stdout

    def due(self, *arguments: str) -> set[str]:
        """Return the rules, with taggers, that Snakemake would run now."""
        lines = self.snakemake("--dry-run", "--printshellcmds", "--quiet", "host", *arguments).splitlines()
        jobs: set[str] = set()
        rule = ""
        for line in lines:
            if line.startswith(("rule ", "localrule ")):
                rule = line.split()[1].rstrip(":")
                jobs.add(rule)
            elif "wildcards:" in line and "tagger=" in line:
                jobs.discard(rule)
                jobs.add(f"{rule} {line.split('tagger=')[1].split(',')[0]}")
        return jobs

    def edit(self, card: str, **changes: object) -> None:
        """Change keys of a card."""
        path = self.path / "config" / card
        path.write_text(yaml.safe_dump(yaml.safe_load(path.read_text()) | changes, sort_keys=False))


def write_small_study(path: Path, jets_per_file: int = 200) -> Project:
    """Return a new project with the small study: two files of each class, trees and two networks."""
    project = Project.create(path, "config", "workflow")
    top = yaml.safe_load((ROOT / "config/datasets/top.yaml").read_text())
    project.edit("datasets/top.yaml", generator=top["generator"] | {"jets_per_file": jets_per_file, "files": 2})
    project.edit("taggers/lstm.yaml", hyperparameters={"units": [16], "dense": []})
    shutil.copy(project.path / "config/studies/demo.yaml", project.path / "config/studies/small.yaml")
    taggers = ["boosted_trees", "lstm", "tree_lstm_child_sum"]
    project.edit("studies/small.yaml", taggers=taggers, jets=4 * jets_per_file, epochs=2)
    return project


def made_once(tmp_path_factory: pytest.TempPathFactory, worker_id: str, make: Callable[[Path], object]) -> Path:
    """Return a folder that one of pytest's workers makes for all of them; nobody changes it."""
    base = tmp_path_factory.getbasetemp()
    shared = base if worker_id == "master" else base.parent
    done, unfinished = shared / make.__name__, shared / f"{make.__name__}.unfinished"
    with (shared / f"{make.__name__}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not done.exists():
            make(unfinished)
            unfinished.rename(done)
    return done


def run_small_study(path: Path) -> None:
    project = write_small_study(path)
    (path / "terminal.txt").write_text(project.snakemake(), encoding="utf-8")


@pytest.fixture(scope="module")
def small_study(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Project:
    """The small study after its run, and what the terminal showed; a copy for each module of tests."""
    path = tmp_path_factory.mktemp("small") / "study"
    shutil.copytree(made_once(tmp_path_factory, worker_id, run_small_study), path, symlinks=True)
    return Project(path)
