"""Faults that only a batch system has: a node that dies, the end of the walltime, too little memory."""

import os
import signal
import threading
from pathlib import Path

import pandas as pd

from tests.slurm.cluster import Cluster, wait
from tests.slurm.conftest import LONG, SLURM, UNUSED_PART
from tests.workflow.conftest import Project

_SLOW = 300.0  # seconds for what takes a few on an idle machine


def states(cluster: Cluster, jobs: list[dict[str, str]]) -> list[str]:
    """Return how each start of these jobs ended, in order."""
    numbers = {job["JobId"] for job in jobs}
    return [job["JobState"] for job in cluster.completed() if job["JobId"] in numbers]


def test_a_training_survives_its_node_and_its_walltime_and_a_simulation_gets_more_memory(
    cluster: Cluster, local: Project, ingested: Project
):
    def jobs(rule: str) -> list[dict[str, str]]:
        ours = [job for job in cluster.jobs() if job["WorkDir"] == str(ingested.path)]
        return [job for job in ours if job["Comment"].startswith(f"rule_{rule}_wildcards")]

    def running() -> bool:
        return any(job["JobState"] == "RUNNING" for job in jobs("train"))

    checkpoint = ingested.path / LONG / "model.unfinished/checkpoint.npz"
    runs = []
    arguments = ["--set-resources", "simulate:mem_mb=[300, 300, 3000][attempt - 1]", "score:gpu=1"]
    # On nodes that live: the simulation is to end by its memory alone.
    arguments += ["simulate:slurm_partition=main", "--default-resources", "slurm_partition=fragile"]
    snakemake = threading.Thread(
        target=lambda: runs.append(
            ingested.run("snakemake", *SLURM, *arguments, "--", f"{LONG}/scores/scores.parquet", UNUSED_PART)
        )
    )
    snakemake.start()

    wait(checkpoint.exists, "the first checkpoint", _SLOW)
    [training] = jobs("train")
    cluster.crash_node(training["NodeList"])
    wait(lambda: jobs("train")[0]["Restarts"] == "1", "Slurm's notice of the node", _SLOW)
    assert jobs("train")[0]["JobState"] == "PENDING"
    # Slurm waits two minutes before it starts such a job again. The node stays dead: one that returns reports the end
    # of what it ran, and Slurm 22.05 may take that for the new start and crash.
    cluster.call("scontrol", "update", f"JobId={training['JobId']}", "StartTime=now")

    wait(running, "the second start", _SLOW)
    before, dead = checkpoint.stat().st_mtime_ns, training["NodeList"]
    wait(lambda: modified(checkpoint) > before, "the second checkpoint", _SLOW)
    [training] = jobs("train")
    assert training["NodeList"] != dead
    freeze(cluster, training["NodeList"])  # or it might end before its time does
    cluster.call("scontrol", "update", f"JobId={training['JobId']}", "TimeLimit=1")
    wait(lambda: "TIMEOUT" in states(cluster, jobs("train")), "the end of the walltime", _SLOW)

    snakemake.join()
    [run] = runs
    assert run.returncode == 0, run.stdout
    partitions = {rule: {job["Partition"] for job in jobs(rule)} for rule in ("simulate", "train", "score")}
    assert partitions == {"simulate": {"main"}, "train": {"fragile"}, "score": {"fragile"}}
    assert states(cluster, jobs("train")) == ["NODE_FAIL", "TIMEOUT", "COMPLETED"]
    assert states(cluster, jobs("simulate")) == ["FAILED", "FAILED", "COMPLETED"]
    memory = [job["TRES"].split("mem=")[1].split(",")[0] for job in jobs("simulate")]
    assert memory == ["300M", "300M", "3000M"]
    assert [job["TresPerJob"] for job in jobs("score")] == ["gres:gpu:1"]
    same_scores(ingested, local)
    assert (ingested.path / UNUSED_PART).read_bytes() == (local.path / UNUSED_PART).read_bytes()


def freeze(cluster: Cluster, node: str) -> None:
    """Stop the training on a node, as a dead file system does, until a signal continues it."""
    for process, command in cluster.processes(node).items():
        if command[1:3] and Path(command[1]).name == "tagwerk" and command[2] == "train":
            os.kill(process, signal.SIGSTOP)


def modified(path: Path) -> int:
    return path.stat().st_mtime_ns if path.exists() else 0


def same_scores(project: Project, local: Project) -> None:
    for name in ("scores", "validation"):
        here, there = (pd.read_parquet(each.path / LONG / f"scores/{name}.parquet") for each in (project, local))
        pd.testing.assert_frame_equal(here, there, check_exact=True)
