"""Unusual names of files and cards, from the input files to the report; and deleted results."""

import shutil
from pathlib import Path

import pytest
import yaml

from tests.conftest import DATASET, SEARCH, STUDY, TAGGERS, changed, toy_branches, write_card, write_root
from tests.workflow.conftest import Project

pytestmark = pytest.mark.slow
FOLDER = 'it\'s "$HOME" `touch hacked` $(touch hacked) [a]*?;&|\\é'
FILES = [
    "-a b;touch hacked;`touch hacked`$(touch hacked)'\"&|.root",
    "data[1]*?#%~(ü日本)\\n{<>!.root",
    'simplecache::file:$HOME it\'s "q":jets.root',
    f"{'x' * 250}.root",
]
STUDY_NAME, TAGGER, DATASET_NAME = "2024_01", "it's $(touch hacked);&", '-s "q" `touch hacked` {x [a]*?'
NETWORK, SEARCH_NAME = '$HOME\'s "net" [b]*', '*\'"$(touch hacked)" $HOME'
PART = "data_1_______ü日本__n____"
TARGETS = ("--config", f"study={STUDY_NAME}", f"search={SEARCH_NAME}", "--", "all", "tuned")


@pytest.fixture(scope="module")
def odd(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A small study and a search in which all names are unusual, that of the project's folder included."""
    folder = tmp_path_factory.mktemp("odd names") / FOLDER
    folder.mkdir()
    project = Project.create(folder, "workflow")
    for index, file in enumerate(FILES):
        write_root(project.path / "plain.root", toy_branches(100 * index, 100)).rename(project.path / file)
    config = project.path / "config"
    card = DATASET | {
        "files": FILES,
        "substructure": ["width"],
        "split": {"train": 0.4, "validation": 0.2, "test": 0.4},
    }
    write_card(config / f"datasets/{DATASET_NAME}.yaml", changed(card, "sequences.constituents.trees", []))
    write_card(config / f"taggers/{TAGGER}.yaml", TAGGERS["boosted_trees"])
    write_card(config / f"taggers/{NETWORK}.yaml", TAGGERS["lstm"])
    study = STUDY | {"dataset": DATASET_NAME, "taggers": [TAGGER, NETWORK], "robustness": {"jets": 60}}
    write_card(config / f"studies/{STUDY_NAME}.yaml", study)
    search = SEARCH | {"tagger": NETWORK, "study": STUDY_NAME, "trials": 1}
    write_card(config / f"searches/{SEARCH_NAME}.yaml", search)
    write_card(config / "config.yaml", "study: elsewhere\n")
    run = project.run("snakemake", "--cores", "2", *TARGETS)
    assert run.returncode == 0, run.stdout
    return project


def dry_run(project: Project, *arguments: str) -> str:
    command = ["snakemake", "--dry-run", "--printshellcmds", "--cores", "1", "--config", f"study={STUDY_NAME}"]
    run = project.run(*command, *arguments)
    assert run.returncode == 0, run.stdout
    return run.stdout


def test_unusual_names_pass_every_rule_and_are_never_executed(odd: Project) -> None:
    study = odd.path / f"results/studies/{STUDY_NAME}"
    assert (study / "report.html").exists()
    for tagger in (TAGGER, NETWORK):
        assert (study / f"{tagger}/seed1/scores/scores.parquet").exists()
        assert (study / f"{tagger}/seed1/robustness.json").exists()
    assert (odd.path / f"results/searches/{SEARCH_NAME}/result/best.yaml").exists()
    parts = [path.name for path in (odd.path / f"results/datasets/{DATASET_NAME}/jets").iterdir()]
    assert PART in parts
    assert len(parts) == len(FILES)
    assert not list(odd.path.parent.rglob("hacked*"))
    assert "Nothing to be done" in odd.run("snakemake", "--dry-run", "--cores", "1", *TARGETS).stdout


def test_a_workflow_in_a_folder_with_braces_is_refused_in_one_line(odd: Project, tmp_path: Path) -> None:
    folder = tmp_path / "a{b}"
    shutil.copytree(odd.path / "workflow", folder / "workflow")
    project = Project(folder)
    run = project.run("snakemake", "--dry-run", "--cores", "1", "--config", f"study={STUDY_NAME}")
    line = (
        f"tagwerk: {folder}/workflow: Snakemake reads the braces in its workflow's path as a wildcard; rename the fold"
    )
    assert line in run.stdout
    assert "Traceback" not in run.stdout


def test_a_file_deleted_from_a_finished_directory_is_made_again_once_needed(odd: Project) -> None:
    part = odd.path / f"results/datasets/{DATASET_NAME}/jets/{PART}"
    (part / "validation.parquet").unlink()
    assert "Nothing to be done" in dry_run(odd)
    card = odd.path / f"config/taggers/{TAGGER}.yaml"
    before = card.read_text(encoding="utf-8")
    write_card(card, yaml.safe_load(before) | {"hyperparameters": {"trees": 10, "smallest_leaf": 5}})
    jobs = dry_run(odd)
    card.write_text(before, encoding="utf-8")
    assert jobs.count("rule ingest:") == 1
    assert f"Missing output files: results/datasets/{DATASET_NAME}/jets/{PART}/validation.parquet" in jobs


def test_a_deleted_result_that_another_stage_reads_is_noticed(odd: Project) -> None:
    missing = ["comparison/roc.png", f"{TAGGER}/seed1/scores/about.json", f"{TAGGER}/seed1/model/training.json"]
    paths = [odd.path / f"results/studies/{STUDY_NAME}/{name}" for name in missing]
    contents = [path.read_bytes() for path in paths]
    for path in paths:
        path.unlink()
    jobs = dry_run(odd, "--forcerun", "report")
    for path, content in zip(paths, contents, strict=True):
        path.write_bytes(content)
    for name in missing:
        assert f"Missing output files: results/studies/{STUDY_NAME}/{name}" in jobs


def test_an_impossible_name_is_refused_in_one_line(odd: Project) -> None:
    run = odd.run("snakemake", "--dry-run", "--cores", "1", "--config", "study=a{b}")
    assert run.returncode != 0
    expected = "tagwerk: --config: key 'study': Snakemake reads the braces in 'a{b}' as a wildcard; rename it"
    assert [line for line in run.stdout.splitlines() if line.startswith("tagwerk:")] == [expected]
    assert "Traceback" not in run.stdout


def test_an_unknown_key_is_reported_with_its_file(odd: Project) -> None:
    (odd.path / "other.yaml").write_text("studdy: x\n", encoding="utf-8")
    run = odd.run("snakemake", "--dry-run", "--cores", "1", "--configfile", "other.yaml")
    expected = f"tagwerk: {odd.path}/other.yaml: unknown key 'studdy' (value 'x'); did you mean 'study'?"
    assert expected in run.stdout.splitlines()
