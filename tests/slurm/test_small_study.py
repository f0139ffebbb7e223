"""The small study on a Slurm cluster: what Slurm's own records say of its jobs, and its results."""

import re
from collections import Counter
from pathlib import Path
from subprocess import CompletedProcess
from types import SimpleNamespace

import pandas as pd
import pytest

from tagwerk.workflow.resources import memory, minutes, minutes_to_simulate
from tests.slurm.cluster import PARTITIONS, Cluster
from tests.workflow.conftest import Project

Run = tuple[Project, CompletedProcess[str]]
# The jobs of Slurm; those of a group are one.
JOBS = {
    "rule_simulate": 4, "rule_ingest": 4, "rule_train": 3, "rule_score": 3, "rule_probe": 3,
    "rule_summaries_summarise_summarise_features": 1, "rule_comparison_compare_report": 1,
}  # fmt: skip


@pytest.fixture(scope="module")
def records(cluster: Cluster, on_slurm: Run) -> list[dict[str, str]]:
    """Slurm's records of the jobs of the study."""
    project, run = on_slurm
    assert run.returncode == 0, run.stdout
    return [job for job in cluster.jobs() if job["WorkDir"] == str(project.path)]


def kind(record: dict[str, str]) -> str:
    return re.sub("_wildcards_.*", "", record["Comment"]).strip()


def tres(record: dict[str, str]) -> dict[str, str]:
    return dict(item.split("=") for item in record["TRES"].split(","))


def size_mb(project: Project, pattern: str) -> SimpleNamespace:
    return SimpleNamespace(size_mb=sum(path.stat().st_size for path in project.path.glob(pattern)) / 1e6)


def test_every_job_ran_on_a_node_at_once_and_to_its_end(records):
    assert Counter(map(kind, records)) == JOBS
    assert {(job["JobState"], job["ExitCode"], job["Restarts"]) for job in records} == {("COMPLETED", "0:0", "0")}
    assert {job["NodeList"] for job in records} <= set(PARTITIONS["main"])


def test_slurm_s_file_of_completed_jobs_has_the_same_jobs(cluster: Cluster, records):
    numbers = {job["JobId"] for job in records}
    completed = [job for job in cluster.completed() if job["JobId"] in numbers]
    assert {job["JobId"]: job["JobState"] for job in completed} == dict.fromkeys(numbers, "COMPLETED")


def test_every_job_had_the_memory_time_and_cpus_that_it_asked_for(on_slurm: Run, records):
    project, _ = on_slurm
    nothing = SimpleNamespace(size_mb=0)
    expected = {"rule_simulate": (memory("simulate", nothing), minutes_to_simulate(200))}
    jets = SimpleNamespace(size_mb=0.0)
    for name in ("train", "validation"):
        jets.size_mb += size_mb(project, f"results/datasets/top/jets/*_000[01]/{name}.parquet").size_mb
    expected["rule_train"] = memory("train", jets), minutes("train", jets, passes=2)
    for record in records:
        resources = tres(record)
        parallel = 3 if kind(record).startswith("rule_summaries") else 1
        assert resources["cpu"] == str(parallel)
        if kind(record) in expected:
            megabytes, limit = expected[kind(record)]
            assert int(resources["mem"].removesuffix("M")) == pytest.approx(megabytes, abs=2)
            hours, rest = divmod(limit, 60)
            assert record["TimeLimit"] == f"{hours:02}:{rest:02}:00"


def test_slurm_s_logs_are_in_the_results(on_slurm: Run):
    project, _ = on_slurm
    assert len(list((project.path / "results/logs/slurm").rglob("*.log"))) == sum(JOBS.values())


def test_results_are_those_of_a_run_on_this_machine(local: Project, on_slurm: Run):
    project, _ = on_slurm
    files = sorted(local.path.glob("results/datasets/top/files/*_000[01].root"))
    files += sorted(local.path.glob("results/datasets/top/jets/*/*.parquet"))
    assert len(files) == 4 + 4 * 3
    for file in files:
        assert same_path(project, local, file).read_bytes() == file.read_bytes()
    scores = sorted(local.path.glob("results/studies/small/*/seed1/scores/*.parquet"))
    assert len(scores) == 3 * 2
    for file in scores:
        pd.testing.assert_frame_equal(
            pd.read_parquet(same_path(project, local, file)), pd.read_parquet(file), check_exact=True
        )


def same_path(project: Project, local: Project, file: Path) -> Path:
    return project.path / file.relative_to(local.path)
