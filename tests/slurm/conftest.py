"""The small study, and a longer training, on this machine and on a Slurm cluster."""

import os
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from subprocess import CompletedProcess
from tempfile import TemporaryDirectory

import pytest
import yaml

from tests.slurm.cluster import Cluster, why_not
from tests.workflow.conftest import Project, write_small_study

Ended = CompletedProcess[str]
SMALL = "results/studies/small/report.html"
LONG = "results/studies/long/long_lstm/seed1"
UNUSED_PART = "results/datasets/top/files/qcd_0002.root"  # of simulated jets
# Slurm's commands answer at once here; on a cluster nobody should ask every other second.
SLURM = ("--profile", "workflow/profiles/slurm", "--slurm-status-command", "squeue",
         "--slurm-init-seconds-before-status-checks", "2", "--config", "study=small")  # fmt: skip


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """All these tests need a cluster and take minutes; `make test-slurm` runs them."""
    for item in items:
        if item.path.is_relative_to(Path(__file__).parent):
            item.add_marker(pytest.mark.slurm)
            item.add_marker(pytest.mark.slow)


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    if reason := why_not():
        pytest.skip(reason)
    pytest.importorskip("snakemake_executor_plugin_slurm")
    # Not in pytest's folder: munged wants its socket where every user could reach it.
    with TemporaryDirectory(prefix="tagwerk-slurm-") as folder:
        Path(folder).chmod(0o755)
        with Cluster(Path(folder)) as cluster, pytest.MonkeyPatch.context() as patch:
            for name, value in cluster.environment.items():
                patch.setenv(name, value)
            yield cluster


@pytest.fixture(scope="session")
def started(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Project, Future[Ended]]]:
    """The small study on the cluster, from the start and in the background, and how Snakemake will end."""
    project = _project(tmp_path_factory.mktemp("on_slurm"))
    with ThreadPoolExecutor() as threads:
        yield project, threads.submit(project.run, "snakemake", *SLURM, "--slurm-keep-successful-logs", SMALL)


@pytest.fixture(scope="session")
def on_slurm(started: tuple[Project, Future[Ended]]) -> tuple[Project, Ended]:
    """The small study, run on the cluster, and how Snakemake ended."""
    project, run = started
    return project, run.result()


@pytest.fixture(scope="session")
def local(started: object, tmp_path_factory: pytest.TempPathFactory) -> Project:
    """Both studies, run on this machine without any fault."""
    project = _project(tmp_path_factory.mktemp("local"))
    project.snakemake("--", SMALL, f"{LONG}/scores/scores.parquet", UNUSED_PART)
    return project


@pytest.fixture
def ingested(local: Project, tmp_path: Path) -> Project:
    """A project with the jets of both studies and no training."""
    project = _project(tmp_path / "ingested")
    # Links, so that they keep their time stamps and take no time.
    for path in sorted((local.path / "results").rglob("*")):
        relative = path.relative_to(local.path)
        if path.is_file() and relative.parts[1] == "datasets" and str(relative) != UNUSED_PART:
            (project.path / relative).parent.mkdir(parents=True, exist_ok=True)
            os.link(path, project.path / relative)
    return project


def _project(path: Path) -> Project:
    project = write_small_study(path)
    dataset = yaml.safe_load((path / "config/datasets/top.yaml").read_text())
    project.edit("datasets/top.yaml", generator=dataset["generator"] | {"files": 3})
    card = yaml.safe_load((path / "config/taggers/lstm.yaml").read_text())
    (path / "config/taggers/long_lstm.yaml").write_text(yaml.safe_dump(card | {"training": {"patience": 1000}}))
    study = yaml.safe_load((path / "config/studies/small.yaml").read_text())
    study |= {"taggers": ["long_lstm"], "epochs": 60}
    (path / "config/studies/long.yaml").write_text(yaml.safe_dump(study))
    return project
