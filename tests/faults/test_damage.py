"""Damaged outputs: named, moved aside, and made again with what depends on them, to the same bytes."""

import json
import re
import shutil

import pytest

from tagwerk.checksums import checksum_matches
from tagwerk.errors import UserError
from tagwerk.records.row_groups import read_table
from tests.conftest import run
from tests.faults.conftest import PARTS, RUNS, SCORES, damage, fingerprint

# Damaged outputs and the job that reads each, in the order in which a missing report has them made again.
CHAIN = {
    f"{RUNS}/comparison/comparison.json": "report",
    f"{RUNS}/lstm/seed1/scores/scores.parquet": "compare",
    f"{RUNS}/lstm/seed1/model/model.keras": "score",
    f"{RUNS}/features/*.json": "train",
    f"{PARTS}/toy_1/train.parquet": "summarise_features",
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
        assert re.findall(r"^Error in rule (\w+):", process.output, re.MULTILINE) == [rule], process.output
        (line,) = re.findall(r"^tagwerk: .*$", process.output, re.MULTILINE)
        output = file if file.parent.name == "features" else file.parent
        assert f"{output.relative_to(finished.path)}.damaged.1: restart snakemake" in line
        aside = output.with_name(f"{output.name}.damaged.1") / file.relative_to(output.parent)
        assert aside.read_bytes() == content
    finished.finish()
    assert fingerprint(finished.path / "results") == undisturbed


def test_a_shard_that_is_made_again_first_reruns_no_training(finished, undisturbed):
    """Even if it is large, so that Snakemake does not compare its content."""
    damage(finished.path / PARTS / "toy_0/train.parquet", "flipped")
    shutil.rmtree(finished.path / RUNS / "lstm/seed1/model")
    assert finished.workflow(SCORES[1]).wait() == 1
    finished.finish(f"{PARTS}/toy_0")
    jobs = finished.finish("--dry-run", "--quiet", "host", "--max-checksum-file-size", "0")
    assert re.findall(r"^(?:local)?rule (?:train|ingest|summarise):", jobs, re.MULTILINE) == ["localrule train:"]
    assert "boosted_trees/seed1/model/training.json, " not in "".join(re.findall(r"output: .*", jobs))
    finished.finish(*SCORES)
    scores = fingerprint(finished.path / RUNS / "lstm")
    assert scores == {name.removeprefix("studies/toy/lstm/"): undisturbed[name] for name in undisturbed
                      if name.startswith("studies/toy/lstm/")}  # fmt: skip


def test_a_deleted_shard_is_made_again_where_it_is_needed(finished, undisturbed):
    (finished.path / PARTS / "toy_0/train.parquet").unlink()
    shutil.rmtree(finished.path / RUNS / "lstm/seed1/model")
    finished.finish()
    assert fingerprint(finished.path / "results") == undisturbed


def test_a_damaged_check_is_made_again_with_its_part(finished, undisturbed):
    check = finished.path / "results/datasets/toy/checks/toy_0.json"
    damage(check, "flipped")
    (finished.path / RUNS / "report.html").unlink()
    process = finished.workflow()
    assert process.wait() == 1
    (line,) = set(re.findall(r"^tagwerk: .*$", process.output, re.MULTILINE))
    assert f"{check.relative_to(finished.path)} is now in" in line
    finished.finish()
    assert fingerprint(finished.path / "results") == undisturbed


# In one process: who reads each file, and its name in the message.
FILES = {
    "shard": ("jets/toy_0/train.parquet", "summarise"),
    "summary": ("summary.json", "train"),
    "record": ("runs/lstm/model/training.json", "score"),
    "network": ("runs/lstm/model/model.keras", "score"),
    "trees": ("runs/boosted_trees/model/model.skops", "score"),
    "history": ("runs/lstm/model/history.csv", "compare"),
    "scores": ("runs/lstm/scores/scores.parquet", "compare"),
    "validation": ("runs/lstm/scores/validation.parquet", "compare"),
    "about": ("runs/lstm/scores/about.json", "compare"),
    "comparison": ("comparison/comparison.json", "report"),
    "figure": ("comparison/roc.png", "report"),
    "list of figures": ("comparison/figures.json", "report"),
    "check": ("check.json", "report"),
}


@pytest.fixture(scope="module")
def stages(toy, toy_runs, tmp_path_factory):
    """A folder with the output of all stages; read-only."""
    folder = tmp_path_factory.mktemp("stages")
    shutil.copytree(toy_runs, folder / "runs")
    shutil.copytree(toy.root, folder, dirs_exist_ok=True)
    card = folder / "config/datasets/toy.yaml"
    assert run("check", card, folder / "toy_0.root", "--out", folder / "check.json") == 0
    assert run(*commands(folder)["compare"]) == 0
    return folder


def commands(folder):
    """Return the arguments of each stage that reads the output of another one."""
    config, out = folder / "config", folder / "out"
    parts = [folder / f"jets/toy_{index}" for index in (0, 1)]
    card, study, summary = config / "datasets/toy.yaml", config / "studies/toy.yaml", folder / "summary.json"
    runs = [folder / "runs" / name for name in ("lstm", "gru", "boosted_trees")]
    train = ["train", config / "taggers/boosted_trees.yaml", card, summary, *parts, "--out", out, "--epochs", 20]
    return {
        "summarise": ["summarise", card, "--out", out, *parts],
        "train": [*train, "--seed", 3],
        "compare": ["compare", study, summary, *runs, "--out", folder / "comparison"],
        "report": ["report", study, summary, folder / "comparison", folder / "check.json", "--out", out],
    } | {f"score {run.name}": ["score", run / "model", "--out", out, *parts] for run in runs}


@pytest.mark.parametrize("how", ["flipped", "truncated", "emptied", "deleted"])
@pytest.mark.parametrize("name", FILES)
def test_a_job_that_reads_a_damaged_file_names_it_and_moves_its_output_aside(
    stages, tmp_path, monkeypatch, capsys, name, how
):
    folder = shutil.copytree(stages, tmp_path / "copy")
    file, reader = FILES[name]
    reader = f"score {file.split('/')[1]}" if reader == "score" else reader
    damage(folder / file, how)
    monkeypatch.setenv("TAGWERK_WORKFLOW", "1")
    capsys.readouterr()
    assert run(*commands(folder)[reader]) == 2
    (line,) = (line for line in capsys.readouterr().err.splitlines() if line.startswith("tagwerk: "))
    alone = folder / file in (folder / "summary.json", folder / "check.json")
    output = folder / file if alone else (folder / file).parent
    assert (folder / file).name in line or str(output) in line
    assert "restart snakemake" in line
    assert not output.exists()
    assert not (folder / "out").exists()
    if not (alone and how == "deleted"):
        assert f"; {output} is now in {output}.damaged.1: " in line
        assert (output.with_name(f"{output.name}.damaged.1") / output.name).exists()


REGIONS = {"magic": 1, "first page": 300, "middle": 0.5, "footer": -60, "its length": -7, "last magic": -2}


@pytest.mark.parametrize("region", [*REGIONS, "checksum", "its key"])
def test_a_flip_in_any_region_of_a_shard_is_noticed_or_changes_nothing(stages, tmp_path, region):
    path = shutil.copy(stages / "jets/toy_0/train.parquet", tmp_path / "train.parquet")
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


def test_a_file_that_lost_its_checksum_with_its_end_is_refused(stages, tmp_path):
    path = shutil.copy(stages / "jets/toy_0/train.parquet", tmp_path / "train.parquet")
    content = path.read_bytes()
    path.write_bytes(content[: content.rindex(b'"sha256": "')])
    assert checksum_matches(path) is None
    with pytest.raises(UserError, match=r"train.parquet: not a valid Parquet file"):
        read_table(path, "tagwerk ingest")


def test_what_was_edited_with_its_checksum_removed_is_used(stages, tmp_path, monkeypatch):
    """A user may edit a summary, and say so by removing its checksum."""
    folder = shutil.copytree(stages, tmp_path / "copy")
    content = json.loads((folder / "summary.json").read_text())
    (folder / "summary.json").write_text(json.dumps({k: v for k, v in content.items() if k not in ("files", "sha256")}))
    monkeypatch.setenv("TAGWERK_WORKFLOW", "1")
    assert run(*commands(folder)["train"]) == 0
