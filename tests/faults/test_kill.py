"""Jobs and Snakemake itself killed at known moments; the run then continues to the same bytes."""

import re
import signal
from pathlib import Path

import pytest

from tests.conftest import run
from tests.faults.conftest import PARTS, RUNS, SCORES, damage, fault, fingerprint, job, marked, wait_for
from tests.workflow.conftest import ROOT

BATCH = "call tagwerk.training.train_step:Steps.train_on_batch"
MODEL = f"{RUNS}/lstm/seed1/model"
MID_EPOCH = 12  # of the second epoch: eight batches each

# Where each stage is killed, with a part of its output written.
MOMENTS = {
    "ingest": "call tagwerk.records.store:RecordWriter.add_checksums",
    "summarise": "os.rename summary.json",
    "train": BATCH,
    "score": "open about.json",
    "compare": "call tagwerk.cli.compare:write_figures",
    "report": "os.rename report.html",
}


def alive(pid: int) -> bool:
    """Return whether a process runs; a zombie does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()[0] not in (b"Z", b"X")
    except OSError:
        return False


def test_a_job_of_every_stage_is_killed_while_it_writes(project, undisturbed):
    marks = {stage: project.path / f"{stage}.mark" for stage in MOMENTS}
    counts = {"train": MID_EPOCH}
    faults = [fault(stage, at, "kill", marks[stage], count=counts.get(stage, 1)) for stage, at in MOMENTS.items()]
    while project.workflow(faults=faults).wait():
        if marked(marks["train"]) and not marked(marks["compare"]):
            assert (project.path / f"{MODEL}.unfinished/checkpoint.npz").exists() or (project.path / MODEL).exists()
    assert [len(marked(mark)) for mark in marks.values()] == [1] * len(MOMENTS)
    assert fingerprint(project.path / "results") == undisturbed
    assert not list((project.path / "results").rglob(".*-*.*"))  # drafts
    assert not (project.path / f"{MODEL}.unfinished").exists()


@pytest.mark.parametrize("moment", ["os.rename checkpoint.npz", "open training.json"])
def test_a_training_is_killed_while_it_writes(finished_toy, undisturbed, tmp_path, moment):
    """The checkpoint, and the record next to the model."""
    out, mark = tmp_path / "model", tmp_path / "mark"
    command = train_command(finished_toy, out)
    process = finished_toy.tagwerk(*command, faults=[fault("train", moment, "kill", mark)])
    assert process.wait() == -signal.SIGKILL, process.output
    assert marked(mark) == [process.pid]
    assert not out.exists()
    again = finished_toy.tagwerk(*command)
    assert again.wait() == 0, again.output
    expected = {name: digest for name, digest in undisturbed.items() if name.startswith("studies/toy/lstm/seed1/model")}
    assert {f"studies/toy/lstm/seed1/model/{name}": each for name, each in fingerprint(out).items()} == expected
    assert [path.name for path in tmp_path.iterdir() if path not in (out, mark)] == []


def train_command(place, out):
    """Return the arguments with which the workflow trains the network, with another output."""
    return [str(out) if word == MODEL else word for word in job(place, "train", MODEL)]


def test_a_training_with_a_damaged_checkpoint_starts_over_and_says_so(finished_toy, undisturbed, tmp_path):
    out, mark = tmp_path / "model", tmp_path / "mark"
    command, faults = train_command(finished_toy, out), [fault("train", BATCH, "kill", mark, count=MID_EPOCH)]
    process = finished_toy.tagwerk(*command, faults=faults)
    assert process.wait() == -signal.SIGKILL, process.output
    checkpoint = tmp_path / "model.unfinished/checkpoint.npz"
    damage(checkpoint, "flipped")
    damaged = checkpoint.read_bytes()
    again = finished_toy.tagwerk(*command)
    assert again.wait() == 0, again.output
    aside = tmp_path / "model.unfinished.1"
    moved = f"its files are now in {aside}, and this training starts from the beginning"
    assert again.lines == [f"tagwerk: {checkpoint}: is damaged; {moved}"]
    assert (aside / "checkpoint.npz").read_bytes() == damaged
    expected = {name: digest for name, digest in undisturbed.items() if name.startswith("studies/toy/lstm/seed1/model")}
    assert list(fingerprint(out).values()) == list(expected.values())


def test_a_simulation_is_killed_between_two_baskets(tmp_path, fresh_toy):
    whole, killed, mark = tmp_path / "whole.root", tmp_path / "killed.root", tmp_path / "mark"
    command = ["simulate", ROOT / "config/datasets/exact.yaml", "one_prong_0000", "--out"]
    assert run(*command, whole) == 0
    at = "call tagwerk.cli.simulate:branch_arrays"
    process = fresh_toy.tagwerk(*command, killed, faults=[fault("simulate", at, "kill", mark, count=2)])
    assert process.wait() == -signal.SIGKILL, process.output
    assert marked(mark) == [process.pid]
    assert not killed.exists()
    assert run(*command, killed) == 0
    assert killed.read_bytes() == whole.read_bytes()
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "killed.root", "killed.root.provenance.json", "mark", "whole.root", "whole.root.provenance.json",
    ]  # fmt: skip


def test_snakemake_is_killed_with_all_its_jobs(untrained, undisturbed_scores):
    mark = untrained.path / "mark"
    first = untrained.workflow(SCORES[1], faults=[fault("train", BATCH, "wait", mark, count=MID_EPOCH)])
    wait_for(lambda: marked(mark), first)
    first.kill_group()
    assert first.wait() == -signal.SIGKILL
    wait_for(lambda: not alive(marked(mark)[0]))
    refused = untrained.workflow(*SCORES)
    assert refused.wait() == 1
    assert "--unlock" in refused.output
    untrained.finish("--unlock")
    untrained.finish(*SCORES)
    assert fingerprint(untrained.path / "results") == undisturbed_scores


def test_snakemake_is_killed_alone_and_its_training_lives_on(untrained, undisturbed_scores):
    """A second Snakemake is kept out while the first lives; later its job is kept out by the orphan."""
    mark = untrained.path / "mark"
    first = untrained.workflow(SCORES[1], faults=[fault("train", BATCH, "wait", mark, count=MID_EPOCH)])
    wait_for(lambda: marked(mark), first)
    (orphan,) = marked(mark)
    second = untrained.workflow(*SCORES)
    assert second.wait() == 1
    assert "--unlock" in second.output
    first.kill()
    assert first.wait() == -signal.SIGKILL
    assert alive(orphan)
    untrained.finish("--unlock")
    third = untrained.workflow(SCORES[1])
    assert third.wait() == 1
    refusal = rf"process {orphan} on \S+ has been training here since .*; wait until it ends, or stop it"
    assert re.search(refusal, untrained.messages()["train"][0])
    mark.with_name("mark.go").touch()
    wait_for(lambda: not alive(orphan))
    untrained.finish(*SCORES)
    assert fingerprint(untrained.path / "results") == undisturbed_scores


def test_an_orphaned_ingest_writes_the_part_that_the_next_one_has_written(project, finished_toy):
    mark, summary = project.path / "mark", f"{RUNS}/summary.json"
    first = project.workflow(summary, faults=[fault("ingest", MOMENTS["ingest"], "wait", mark)])
    wait_for(lambda: marked(mark), first)
    (orphan,) = marked(mark)
    first.kill()
    assert first.wait() == -signal.SIGKILL
    project.finish("--unlock")
    project.finish(summary)
    assert alive(orphan)
    mark.with_name("mark.go").touch()
    wait_for(lambda: not alive(orphan))
    assert not list((project.path / PARTS).glob(".*-*"))
    project.finish(summary)
    for folder in ("datasets", "studies/toy/summary.json"):
        assert fingerprint(project.path / "results" / folder) == fingerprint(finished_toy.path / "results" / folder)


def test_a_job_fails_twice_and_then_works(untrained, undisturbed):
    mark = untrained.path / "mark"
    faults = [fault("train", "call tagwerk.training.train:_train", "fail", mark, times=2)]
    process = untrained.workflow(SCORES[0], "--retries", 2, faults=faults)
    assert process.wait() == 0, process.output
    assert len(marked(mark)) == 2
    scores = fingerprint(untrained.path / RUNS / "boosted_trees")
    assert scores == {name.removeprefix("studies/toy/boosted_trees/"): undisturbed[name] for name in undisturbed
                      if name.startswith("studies/toy/boosted_trees/")}  # fmt: skip
