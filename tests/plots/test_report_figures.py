"""Every figure of the report is drawn and described by its own module."""

import json
from pathlib import Path

import pandas as pd
import pytest

from tagwerk.plots import figures as package
from tagwerk.plots.figures import figures
from tagwerk.plots.report_figure import Results
from tagwerk.plots.write_figures import write_figures
from tests.plots.test_figures import study  # noqa: F401


@pytest.fixture(scope="module")
def results(study):  # noqa: F811
    cards, runs, sample, rows, comparison, summary = study
    scores = {tagger.name: rows[[index]] for index, tagger in enumerate(comparison.taggers)}
    histories = {run.about.tagger: [] if run.history is None else [run.history] for run in runs}
    return Results(comparison, sample, scores, histories, summary, cards.dataset)


def test_a_study_has_the_figures_that_apply_to_it(results):
    names = {name for name, figure in figures().items() if figure.applies(results)}
    optional = {
        "class_matrices",
        "closure",
        "distance_to_limit",
        "loss_scaling",
        "training_sizes",
        "robustness",
        "importance",
        "rank_importance",
    }
    assert set(figures()) - names == optional  # no reweighting, one size, nothing probed


def test_figures_are_written_with_what_the_page_says_of_them(results, tmp_path):
    write_figures(tmp_path, results)
    described = json.loads((tmp_path / "figures.json").read_text(encoding="utf-8"))
    assert {path.stem for path in tmp_path.glob("*.png")} == {figure["name"] for figure in described}
    assert [figure["name"] for figure in described if figure["section"] == "results"] == ["roc", "auc_by_tagger"]
    for figure in described:
        numbers = pd.read_csv(tmp_path / f"{figure['name']}.csv")
        assert len(numbers) > 1
        assert not any(name.startswith("Unnamed") for name in numbers)
        assert figure["alt"].endswith(".")
        assert figure["caption"].endswith(".")


def test_every_module_of_figures_is_one(results):
    folder = Path(package.__file__).parent
    assert set(figures()) == {path.stem for path in folder.glob("*.py")} - {"__init__"}
