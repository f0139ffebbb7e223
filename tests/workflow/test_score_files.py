"""The workflow of a study of score files alone: no jets, no training, one comparison and its report."""

import pytest
import yaml

from tests.scores.score_files import CARD, jets, write
from tests.workflow.conftest import Project

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A project with a study of two score files, finished."""
    project = Project.create(tmp_path_factory.mktemp("scores"), "workflow")
    table = jets(100)
    for name, kind in (("theirs", "parquet"), ("ours", "csv")):
        write(project.path / name, table, kind)
    entries = ["theirs", CARD | {"name": "ours", "title": "Ours", "files": "ours.csv", "score": "score_2"}]
    study = {"title": "Files", "scores": entries, "signal": "top", "background": "qcd"}
    for path, card in {"studies/files": study, "scores/theirs": CARD | {"files": "theirs.parquet"}}.items():
        file = project.path / f"config/{path}.yaml"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(yaml.safe_dump(card))
    assert "2 jobs on 1 core: 1 compare, 1 report\n" in snakemake(project)
    return project


def snakemake(project: Project, *arguments: str) -> str:
    run = project.run("snakemake", "--cores", "1", "--config", "study=files", *arguments)
    assert run.returncode == 0, run.stdout
    return run.stdout


def test_it_ends_with_the_report(project: Project) -> None:
    page = (project.path / "results/studies/files/report.html").read_text()
    assert "Theirs" in page
    assert "Ours" in page


def test_it_has_no_list_of_parts(project: Project) -> None:
    assert list((project.path / "results/studies/files").rglob("*.txt")) == []


def test_a_changed_file_is_compared_again_and_nothing_else_runs(project: Project) -> None:
    write(project.path / "ours", jets(100, seed=2), "csv")
    assert "2 jobs would run: 1 compare, 1 report\n" in snakemake(project, "--dry-run")


def test_a_missing_file_stops_before_any_work_with_one_line(project: Project) -> None:
    card = project.path / "config/scores/theirs.yaml"
    before = card.read_text()
    card.write_text(before.replace("theirs.parquet", "thiers.parquet"))
    run = project.run("snakemake", "--cores", "1", "--config", "study=files")
    card.write_text(before)
    assert run.returncode != 0
    (line,) = (line for line in run.stdout.splitlines() if line.startswith("tagwerk: "))
    assert "no file matches 'thiers.parquet'; did you mean 'theirs.parquet'?" in line
    assert "Traceback" not in run.stdout
