"""`tagwerk compare` and `tagwerk report` on score files alone: one card and one command."""

import json

import pytest
import yaml

from tests.conftest import run
from tests.scores.score_files import CARD, jets, write


@pytest.fixture
def study(tmp_path, monkeypatch):
    """A study of scores, of probabilities and of equal scores, in the working directory."""
    monkeypatch.chdir(tmp_path)
    table = jets(200)
    write(tmp_path / "theirs", table, "parquet")
    write(tmp_path / "equal", table.assign(score=0.0)[::-1], "csv")
    entries = [
        CARD | {"name": "theirs", "files": "theirs.parquet", "score": ["score_1", "score_2"]},
        CARD
        | {
            "name": "likely",
            "title": "Likely",
            "files": "theirs.parquet",
            "score": [],
            "probabilities": {"top": "p_top"},
        },
        CARD | {"name": "equal", "title": "Equal", "files": "equal.csv"},
    ]
    card = {"title": "Theirs and nothing", "scores": entries, "signal": "top", "background": "qcd"}
    path = tmp_path / "config/studies/files.yaml"
    path.parent.mkdir(parents=True)
    path.write_text(yaml.safe_dump(card))
    return path


def test_one_card_and_one_command_give_tables_figures_and_the_page(study, tmp_path):
    assert run("compare", "files", "--out", "comparison") == 0
    comparison = json.loads((tmp_path / "comparison/comparison.json").read_text(), parse_constant=pytest.fail)
    assert comparison["best"] == "theirs"
    assert [each["by"] for each in comparison["score_files"]] == ["reference", "identity", "identity"]
    figures = {path.stem for path in (tmp_path / "comparison").glob("*.png")}
    assert figures >= {"roc", "auc_by_tagger", "score_distributions", "reliability"}
    assert [each["tagger"] for each in comparison["calibration"]] == ["likely"]
    assert not figures & {"histories", "jet_variables", "closure"}
    assert "| Theirs |" in (tmp_path / "comparison/table.md").read_text()
    assert run("report", "files", "comparison", "--out", "report.html") == 0
    page = (tmp_path / "report.html").read_text()
    assert "Equal: 200 jets, matched by identity." in page
    assert "not probabilities and only rank the jets" in page
    assert 'id="dataset"' not in page
    assert 'id="training"' not in page
    assert "none of which was used in training" not in page


def test_a_summary_or_runs_are_refused_in_one_line(study, tmp_path, failed):
    (tmp_path / "summary.json").write_text("{}")
    line = failed("compare", "files", "summary.json", "--out", "comparison")
    assert "has no dataset; leave summary and runs out" in line
    assert "give the comparison alone" in failed("report", "files", "summary.json", "x", "--out", "report.html")


def test_a_study_with_taggers_needs_summary_and_runs(config, failed, tmp_path):
    line = failed("compare", config.study, "--out", tmp_path / "comparison")
    assert "give the summary of its dataset and the directories of their runs" in line
    assert "give the summary of its dataset and the comparison" in failed(
        "report", config.study, tmp_path, "--out", tmp_path / "report.html"
    )


def test_a_fault_of_a_file_is_one_line(study, tmp_path, failed):
    write(tmp_path / "equal", jets(150).assign(event=lambda table: table["event"] + 100), "csv")
    line = failed("compare", "files", "--out", "comparison")
    assert "theirs.parquet: has 100 of the 150 jets in equal.csv; 50 are missing" in line
    write(tmp_path / "equal", jets(200).assign(score=float("nan")), "csv")
    line = failed("compare", "files", "--out", "comparison")
    assert line.endswith(
        "equal.csv: column 'score' holds nan in row 0, and is NaN or infinite for 200 of 200 jets; score these jets "
        "again, or leave them out of all files"
    )
