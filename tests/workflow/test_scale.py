"""Thousands of input files: what Snakemake itself takes, and the same results as from few files."""

import json
import os
from pathlib import Path

import pytest
import yaml

from benchmarks.many_files import measure, write_project
from benchmarks.process_cost import Cost
from tests.conftest import DATASET, STUDY, TAGGERS, run, toy_branches, write_card, write_root
from tests.workflow.conftest import Project

pytestmark = pytest.mark.long
SEED = "results/studies/toy/boosted_trees/seed1"
HOOK = """
import os
import sys

def note(event, arguments):
    if event == "glob.glob":
        with open(os.environ["EXPANDED"], "a") as file:
            print(arguments[0], file=file)

sys.addaudithook(note)
"""


@pytest.fixture(scope="module")
def costs() -> dict[str, Cost]:
    """CPU times, which hold on a busy machine too."""
    return measure(5000, 20_000)


def test_the_jobs_of_5000_files_are_found_within_a_minute(costs: dict[str, Cost]) -> None:
    assert costs["DAG"].cpu_seconds < 60
    assert costs["DAG"].gigabytes < 0.5


def test_a_second_run_finds_within_30_seconds_that_nothing_is_to_do(costs: dict[str, Cost]) -> None:
    assert costs["second run"].cpu_seconds < 30
    assert costs["second run"].gigabytes < 0.5


def test_no_command_grows_with_the_number_of_files(costs: dict[str, Cost]) -> None:
    """Linux takes arguments of 128 KiB, and a shell gets the whole command as one."""
    commands = [line for line in costs["all jobs"].output.splitlines() if "tagwerk " in line]
    assert len(commands) > 100
    assert max(map(len, commands)) < 30_000
    others = [line for line in commands if "tagwerk ingest" not in line]
    assert max(map(len, others)) < 1_000


def test_patterns_are_expanded_as_often_for_many_parts_as_for_few(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Python calls the hook for every pattern that `glob` expands."""
    hook, expanded = tmp_path / "hook/sitecustomize.py", tmp_path / "expanded.txt"
    hook.parent.mkdir()
    hook.write_text(HOOK)
    monkeypatch.setenv("PYTHONPATH", str(hook.parent), prepend=os.pathsep)
    monkeypatch.setenv("EXPANDED", str(expanded))
    counts = []
    for files in (3, 70):
        project = Project(tmp_path / str(files))
        project.path.mkdir()
        write_project(project.path, files, 10)
        assert jobs(project, "--dry-run").count("rule ingest:") == files
        counts.append(expanded.read_text().split().count("data/*.root"))
        expanded.unlink()
    assert 1 <= counts[0] == counts[1]


def project_of(folder, files: int) -> Project:
    """Return a project with many files of 20 jets, of boosted trees alone."""
    project = Project.create(folder, "workflow")
    (project.path / "data").mkdir()
    for index in range(files):
        write_root(project.path / f"data/toy_{index:03d}.root", toy_branches(20 * index, 20))
    config = project.path / "config"
    card = DATASET | {"files": ["data/*.root"], "weight": "0.1 + event % 7"}
    write_card(config / "datasets/toy.yaml", card | {"sequences": {"constituents": plain_constituents()}})
    write_card(config / "taggers/boosted_trees.yaml", TAGGERS["boosted_trees"])
    study = STUDY | {"taggers": ["boosted_trees"], "robustness": {"jets": 0}}
    write_card(config / "studies/toy.yaml", study)
    write_card(config / "config.yaml", {"study": "toy"})
    return project


def plain_constituents() -> dict[str, object]:
    return {key: value for key, value in DATASET["sequences"]["constituents"].items() if key != "trees"}


def jobs(project: Project, *arguments: str) -> str:
    """Run Snakemake, successfully, and return its own messages."""
    done = project.run("snakemake", "--cores", "2", "--printshellcmds", *arguments)
    assert done.returncode == 0, done.stdout
    return done.stdout


@pytest.fixture(scope="module")
def blocks(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A finished study of 210 files, which share jobs."""
    project = project_of(tmp_path_factory.mktemp("blocks"), 210)
    jobs(project)
    return project


def test_files_share_jobs_and_nothing_is_lost(blocks: Project) -> None:
    folder = blocks.path / "results/datasets/toy/jets"
    assert len(list(folder.iterdir())) < 20
    summary = json.loads((blocks.path / "results/studies/toy/summary.json").read_text())
    assert sum(sum(counts.values()) for counts in summary["counts"].values()) == 210 * 20
    assert "210 files contain 4,200 jets" in (blocks.path / "results/studies/toy/report.html").read_text()
    assert "Nothing to be done" in jobs(blocks, "--dry-run")


def test_a_new_file_reruns_the_jobs_of_its_neighbours_alone(blocks: Project) -> None:
    new = write_root(blocks.path / "data/toy_100b.root", toy_branches(10_000, 20))
    try:
        output = jobs(blocks, "--dry-run")
    finally:
        new.unlink()
    assert 1 <= output.count("rule ingest:") <= 3
    assert output.count("rule train:") == 1


def test_a_deleted_file_of_a_block_is_made_again_once_needed(blocks: Project) -> None:
    part = next((blocks.path / "results/datasets/toy/jets").iterdir())
    content = (part / "train.parquet").read_bytes()
    (part / "train.parquet").unlink()
    card = blocks.path / "config/taggers/boosted_trees.yaml"
    before = card.read_text()
    assert "Nothing to be done" in jobs(blocks, "--dry-run")
    write_card(card, yaml.safe_load(before) | {"hyperparameters": {"trees": 10, "smallest_leaf": 5}})
    output = jobs(blocks, "--dry-run")
    card.write_text(before)
    (part / "train.parquet").write_bytes(content)
    assert output.count("rule ingest:") == 1


def test_a_study_by_chunk_has_the_summary_and_the_scores_of_one_process(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """70 parts are two chunks."""
    project = project_of(tmp_path_factory.mktemp("chunks"), 70)
    card = project.path / "config/datasets/toy.yaml"
    monkeypatch.chdir(project.path)  # files are relative to it
    for file in sorted(Path("data").iterdir()):
        part, check = f"results/datasets/toy/jets/{file.stem}", f"results/datasets/toy/checks/{file.stem}.json"
        assert run("ingest", card, file, "--out", part, "--check", check) == 0
    output = jobs(project)
    assert output.count("rule sum_chunk:") == output.count("rule score_chunk:") == 2
    assert "rule ingest:" not in output
    assert "Nothing to be done" in jobs(project, "--dry-run")
    assert not list((project.path / SEED).glob("chunks/*"))
    parts, model = "@results/studies/toy/parts.txt", f"{SEED}/model"
    options = ["--features", "none", "--out", "summary.json"]
    assert project.run("tagwerk", "summarise", "toy", parts, *options).returncode == 0
    assert project.run("tagwerk", "score", model, parts, "--out", "scores").returncode == 0
    for mine, theirs in {
        "summary.json": "results/studies/toy/summary.json",
        "scores/scores.parquet": f"{SEED}/scores/scores.parquet",
        "scores/validation.parquet": f"{SEED}/scores/validation.parquet",
    }.items():
        assert (project.path / mine).read_bytes() == (project.path / theirs).read_bytes()
