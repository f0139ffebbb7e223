"""Damaged outputs: named, moved aside, and made again with what depends on them, to the same bytes."""

import shutil
from pathlib import Path

import pytest

from tagwerk.checksums import checksum_matches
from tagwerk.errors import UserError
from tagwerk.records.row_groups import read_table
from tests.conftest import run, without_checksum
from tests.faults.conftest import PARTS, RUNS, SCORES, damage, fingerprint, job

# Damaged outputs and the stage that reads each, in the order in which a missing report has them made again.
CHAIN = {
    f"{RUNS}/comparison/comparison.json": "report",
    f"{RUNS}/lstm/seed1/scores/scores.parquet": "compare",
    f"{RUNS}/lstm/seed1/model/model.keras": "score",
    f"{RUNS}/features/????????.json": "train",
    f"{PARTS}/toy_1/train.parquet": "summarise",
}


def test_damaged_outputs_of_all_stages_are_made_again_one_after_the_other(finished, undisturbed):
    files = [next(finished.path.glob(pattern)) for pattern in CHAIN]
    for file in files:
        damage(file, "flipped")
    damaged = [file.read_bytes() for file in files]
    (finished.path / RUNS / "report.html").unlink()
    for file, content, rule in zip(files, damaged, CHAIN.values(), strict=True):
        process = finished.workflow()
        assert process.wait() == 1
        ((failed, (line,)),) = finished.messages().items()
        assert failed == rule
        output = file if file.parent.name == "features" else file.parent
        assert f"{output.relative_to(finished.path)}.damaged.1: restart snakemake" in line
        aside = output.with_name(f"{output.name}.damaged.1") / file.relative_to(output.parent)
        assert aside.read_bytes() == content
    finished.finish()
    assert fingerprint(finished.path / "results") == undisturbed


def test_a_shard_that_is_made_again_first_reruns_no_training(finished, undisturbed):
    """Even if it is large, so that Snakemake does not compare its content."""
    damage(finished.path / PARTS / "toy_0/train.parquet", "flipped")
    shutil.rmtree(finished.path / RUNS / "lstm")
    assert finished.workflow(SCORES[1]).wait() == 1
    finished.finish(f"{PARTS}/toy_0")
    due = finished.due("--max-checksum-file-size", "0", "--", *SCORES)
    assert due == {"train lstm", "score lstm"}
    finished.finish(*SCORES)
    scores = fingerprint(finished.path / RUNS / "lstm")
    assert scores == {name.removeprefix("studies/toy/lstm/"): undisturbed[name] for name in undisturbed
                      if name.startswith("studies/toy/lstm/")}  # fmt: skip


def test_a_deleted_shard_is_made_again_where_it_is_needed(finished, undisturbed):
    (finished.path / PARTS / "toy_0/train.parquet").unlink()
    shutil.rmtree(finished.path / RUNS / "lstm")
    finished.finish(*SCORES)
    assert fingerprint(finished.path / "results") == undisturbed


def test_a_damaged_check_is_made_again_with_its_part(finished, undisturbed_scores):
    check = finished.path / "results/datasets/toy/checks/toy_0.json"
    damage(check, "flipped")
    (finished.path / RUNS / "report.html").unlink()
    process = finished.workflow()
    assert process.wait() == 1
    (line,) = finished.messages()["report"]
    assert f"{check.relative_to(finished.path)} is now in" in line
    shutil.rmtree(finished.path / RUNS / "comparison")
    finished.finish(str(check.relative_to(finished.path)), *SCORES)
    assert fingerprint(finished.path / "results") == undisturbed_scores


# In one process: damaged files, and the job that reads each.
MODEL = f"{RUNS}/lstm/seed1/model"
FILES = {
    "shard": (f"{PARTS}/toy_0/train.parquet", ("summarise",)),
    "summary": (f"{RUNS}/summary.json", ("train", "boosted_trees")),
    "record": (f"{MODEL}/training.json", ("score", MODEL)),
    "network": (f"{MODEL}/model.keras", ("score", MODEL)),
    "trees": (f"{RUNS}/boosted_trees/seed1/model/model.skops", ("score", "boosted_trees")),
    "history": (f"{MODEL}/history.csv", ("compare",)),
    "scores": (f"{RUNS}/lstm/seed1/scores/scores.parquet", ("compare",)),
    "validation": (f"{RUNS}/lstm/seed1/scores/validation.parquet", ("compare",)),
    "about": (f"{RUNS}/lstm/seed1/scores/about.json", ("compare",)),
    "comparison": (f"{RUNS}/comparison/comparison.json", ("report",)),
    "figure": (f"{RUNS}/comparison/roc.png", ("report",)),
    "list of figures": (f"{RUNS}/comparison/figures.json", ("report",)),
    "check": ("results/datasets/toy/checks/toy_0.json", ("report",)),
}


@pytest.mark.parametrize("how", ["flipped", "truncated", "emptied", "deleted"])
@pytest.mark.parametrize("name", FILES)
def test_a_job_that_reads_a_damaged_file_names_it_and_moves_its_output_aside(
    finished, tensorflow, monkeypatch, capsys, name, how
):
    file, reader = Path(FILES[name][0]), FILES[name][1]
    monkeypatch.chdir(finished.path)
    monkeypatch.setenv("TAGWERK_WORKFLOW", "1")
    damage(file, how)
    assert run(*job(finished, *reader)) == 2
    (line,) = (line for line in capsys.readouterr().err.splitlines() if line.startswith("tagwerk: "))
    alone = name in ("summary", "check")
    output = file if alone else file.parent
    assert file.name in line or str(output) in line
    assert "restart snakemake" in line
    assert not output.exists()
    if not (alone and how == "deleted"):
        aside = output.with_name(f"{output.name}.damaged.1")
        assert f"; {output} is now in {aside}: " in line
        assert (aside / output.name).exists()


REGIONS = {"magic": 1, "first page": 300, "middle": 0.5, "footer": -60, "its length": -7, "last magic": -2}


@pytest.mark.parametrize("region", [*REGIONS, "checksum", "its key"])
def test_a_flip_in_any_region_of_a_shard_is_noticed_or_changes_nothing(finished_toy, tmp_path, region):
    path = shutil.copy(finished_toy.path / PARTS / "toy_0/train.parquet", tmp_path / "train.parquet")
    original = read_table(path, "tagwerk ingest")
    content = bytearray(path.read_bytes())
    key = content.rindex(b'"sha256": "')
    offset = {"checksum": key + 20, "its key": key + 3}.get(region) or REGIONS[region]
    content[int(len(content) * offset) if isinstance(offset, float) else offset] ^= 1
    path.write_bytes(content)
    if region == "its key":
        assert checksum_matches(path) is None
        assert read_table(path, "tagwerk ingest").equals(original)
        return
    with pytest.raises(UserError, match=r"train.parquet: not a valid Parquet file \(.*; run `tagwerk ingest` again"):
        read_table(path, "tagwerk ingest")


def test_a_file_that_lost_its_checksum_with_its_end_is_refused(finished_toy, tmp_path):
    path = shutil.copy(finished_toy.path / PARTS / "toy_0/train.parquet", tmp_path / "train.parquet")
    content = path.read_bytes()
    path.write_bytes(content[: content.rindex(b'"sha256": "')])
    assert checksum_matches(path) is None
    with pytest.raises(UserError, match=r"train.parquet: not a valid Parquet file"):
        read_table(path, "tagwerk ingest")


def test_what_was_edited_with_its_checksum_removed_is_used(finished, monkeypatch):
    """A user may edit a summary, and say so by removing its checksum."""
    monkeypatch.chdir(finished.path)
    monkeypatch.setenv("TAGWERK_WORKFLOW", "1")
    summary = Path(RUNS, "summary.json")
    summary.write_text(without_checksum(summary.read_text()))
    shutil.rmtree(f"{RUNS}/boosted_trees")
    assert run(*job(finished, "train", "boosted_trees")) == 0
