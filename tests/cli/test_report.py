"""`tagwerk report`: one page from what `compare` wrote."""

import pytest

from tagwerk.cli.compare import compare
from tagwerk.cli.report import report
from tagwerk.errors import UserError
from tests.evaluation.study_files import write_study


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    root = tmp_path_factory.mktemp("study")
    card, summary, runs = write_study(root, jets=400, taggers=("boosted_trees",))
    compare(card, summary, runs, out=root / "comparison")
    return card, summary, root / "comparison"


def test_a_study_of_trees_alone_has_its_page(study, tmp_path):
    report(*study, out=tmp_path / "report.html")
    html = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert html.startswith("<!DOCTYPE html>")
    assert "Only one tagger, Boosted trees" in html
    assert html.count("data:image/png;base64,iVBOR") == 8


def test_without_a_comparison_it_says_what_to_run_first(study, tmp_path):
    card, summary, _ = study
    with pytest.raises(UserError, match=r"comparison\.json: no such file; run `tagwerk compare` first"):
        report(card, summary, tmp_path, out=tmp_path / "report.html")
    (tmp_path / "comparison.json").write_text("{}")
    with pytest.raises(UserError, match=r"comparison\.json: study: Field required; run `tagwerk compare` again"):
        report(card, summary, tmp_path, out=tmp_path / "report.html")
    assert not (tmp_path / "report.html").exists()
