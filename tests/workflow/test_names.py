"""Unusual names of files and cards, from the input files to the report; and deleted results."""

import glob
import re
import shutil
from pathlib import Path

import pytest
import yaml

from tagwerk.cards.dataset import Dataset
from tests.cli.test_exact import CARD as EXACT
from tests.conftest import DATASET, SEARCH, STUDY, TAGGERS, changed, toy_branches, write_card, write_root
from tests.conftest import run as tagwerk
from tests.scores.score_files import CARD, jets
from tests.scores.score_files import write as write_scores
from tests.workflow.conftest import ROOT, Project

pytestmark = pytest.mark.long
FOLDER = 'it\'s "$HOME" `touch hacked` $(touch hacked) [a]*?;&|\\é'
FILES = [
    "-a b;touch hacked;`touch hacked`$(touch hacked)'\"&|.root",
    "data[1]*?#%~(ü日本)\\n{<>!.root",
    'simplecache::file:$HOME it\'s "q":jets.root',
    f"{'x' * 250}.root",
]
MORE_FILES = [f'{index} it\'s "$HOME" $(touch hacked)[a].root' for index in range(62)]  # for a second chunk
STUDY_NAME, TAGGER, DATASET_NAME = "2024_01", "it's $(touch hacked);&", '-s "q" `touch hacked` {x [a]*?'
NETWORK, SEARCH_NAME = '$HOME\'s "net" [b]*', '*\'"$(touch hacked)" $HOME'
SIMULATED, OTHER_STUDY = '`touch hacked` "$HOME" it\'s', "- $(touch hacked) 'x' \"y\" [*]?"
SCORES, SCORE_STUDY = 'scores `touch hacked` "$HOME" it\'s [a]*?.csv', '$HOME `touch hacked` "s" it\'s'
PART = "data_1_______ü日本__n____"
TARGETS = ("--config", f"study={STUDY_NAME}", f"search={SEARCH_NAME}", "--", "all", "tuned")


def rules() -> set[str]:
    """Return the names of all rules with a command."""
    text = "".join(path.read_text() for path in (ROOT / "workflow/rules").glob("*.smk"))
    named = re.findall(
        r"^rule (\w+):|^use rule \w+ as (\w+) with|^ +\"(ingest)\" if not number else \"(\w+)\"", text, re.M
    )
    return {name for names in named for name in names if name} - {"tuned"}


@pytest.fixture(scope="module")
def odd(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A small study and a search in which all names are unusual, that of the project's folder included."""
    folder = tmp_path_factory.mktemp("odd names") / FOLDER
    folder.mkdir()
    project = Project.create(folder, "workflow")
    for index, file in enumerate([*FILES, *MORE_FILES]):
        branches = toy_branches(100 * index, 100 if file in FILES else 10)
        write_root(project.path / "plain.root", branches).rename(project.path / file)
    config = project.path / "config"
    card = DATASET | {
        "files": [*FILES, *MORE_FILES],
        "substructure": ["width"],
        "split": {"train": 0.4, "validation": 0.2, "test": 0.4},
    }
    write_card(config / f"datasets/{DATASET_NAME}.yaml", changed(card, "sequences.constituents.trees", []))
    write_card(config / f"taggers/{TAGGER}.yaml", TAGGERS["boosted_trees"])
    features = ["log_pt_share", "delta_eta", "delta_phi"]
    write_card(config / f"taggers/{NETWORK}.yaml", changed(TAGGERS["lstm"], "inputs.sequences.constituents", features))
    study = STUDY | {"dataset": DATASET_NAME, "taggers": [TAGGER, NETWORK], "robustness": {"jets": 60}, "epochs": 1}
    write_card(config / f"studies/{STUDY_NAME}.yaml", study)
    write_card(config / f"datasets/{SIMULATED}.yaml", EXACT | {"split": {"folds": 3}})
    classes = {"signal": "two_prong", "background": "one_prong"}
    write_card(config / f"studies/{OTHER_STUDY}.yaml", study | {"dataset": SIMULATED, "taggers": [NETWORK]} | classes)
    search = SEARCH | {"tagger": NETWORK, "study": OTHER_STUDY, "trials": 1}
    write_card(config / f"searches/{SEARCH_NAME}.yaml", search)
    write_scores(project.path / "plain", jets(), "csv").rename(project.path / SCORES)
    entry = CARD | {"name": "theirs", "files": glob.escape(SCORES)}
    files = {"title": "x", "scores": [entry], "signal": "top", "background": "qcd"}
    write_card(config / f"studies/{SCORE_STUDY}.yaml", files)
    write_card(config / "config.yaml", "study: elsewhere\n")
    ingest_more(project)
    for targets in (TARGETS, ("--config", f"study={SCORE_STUDY}")):
        run = project.run("snakemake", "--cores", "2", *targets)
        assert run.returncode == 0, run.stdout
        with (project.path / "terminal.txt").open("a", encoding="utf-8") as file:
            file.write(run.stdout)
    return project


def ingest_more(project: Project) -> None:
    """Ingest files in this process, where each takes milliseconds; the others are left to the rule."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(project.path)
        card = Path(f"config/datasets/{DATASET_NAME}.yaml")
        for part, file in Dataset.load(card).parts().items():
            if str(file) in MORE_FILES:
                folder = Path(f"results/datasets/{DATASET_NAME}")
                check = folder / f"checks/{part}.json"
                assert tagwerk("ingest", "--out", folder / f"jets/{part}", "--check", check, "--", card, file) == 0


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
    assert (odd.path / f"results/studies/{SCORE_STUDY}/report.html").exists()
    parts = [path.name for path in (odd.path / f"results/datasets/{DATASET_NAME}/jets").iterdir()]
    assert PART in parts
    assert len(parts) == len(FILES) + len(MORE_FILES)
    assert not list(odd.path.parent.rglob("hacked*"))
    ran = re.findall(r"^\S+ \S+ \d+ jobs on 2 cores: (.+)$", (odd.path / "terminal.txt").read_text("utf-8"), re.M)
    assert {name for line in ran for name in re.findall(r"\d+ (\w+)", line)} == rules()
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
