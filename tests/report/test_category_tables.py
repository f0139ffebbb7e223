"""The page, its tables and figures of each category of jets."""

import json
from math import exp

import pandas as pd
import pytest

from tagwerk.cli.compare import compare
from tagwerk.cli.report import report
from tagwerk.evaluation.comparison import Comparison
from tagwerk.report.category_tables import gain_headings, gain_rows
from tagwerk.report.contents import contents
from tagwerk.report.verdict import verdict
from tagwerk.rounding import measurement
from tests.evaluation.study_files import write_study
from tests.report.test_page import Page

CATEGORIES = [
    {"name": "few", "title": "Few & soft", "selection": "multiplicity < 63", "working_points": [0.6, 0.75]},
    {"name": "many", "title": "Many", "selection": "multiplicity >= 63", "working_points": [0.45, 0.95]},
]


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    """Return the directory of a comparison of two categories, and the page of its report."""
    root = tmp_path_factory.mktemp("study")
    keys = {"categories": CATEGORIES, "profiles": ["pt", "eta"], "seeds": (1, 2), "jets": 3000}
    card, summary, runs = write_study(root, taggers=("lstm", "boosted_trees"), **keys)
    compare(card, summary, runs, out=root / "comparison")
    report(card, summary, root / "comparison", out=root / "report.html")
    return root / "comparison", (root / "report.html").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def comparison(written):
    return Comparison.load(written[0] / "comparison.json")


def section(page, name):
    start = page.index(f'<section id="category-{name}">')
    return Page(page[start : page.index("</section>", start) + len("</section>")]).text


def test_each_category_has_a_section_with_its_numbers(written, comparison):
    assert [entry.title for entry in contents(written[1]) if entry.anchor.startswith("category-")] == [
        "Few & soft", "Many",
    ]  # fmt: skip
    for category in comparison.categories:
        text, found = section(written[1], category.name), category.comparison
        assert f"{found.signal_jets:,} signal and {found.background_jets:,} background" in text
        assert category.selection in text
        assert verdict(found).headline in text
        for tagger in found.taggers:
            assert measurement(tagger.auc.value, tagger.auc.uncertainty) in text
        for rejection in found.taggers[0].rejections:
            assert f"ε_S = {rejection.signal_efficiency:g}" in text.replace("εS", "ε_S").replace("\xa0", " ")


def test_gains_are_ratios_of_rejections_with_their_uncertainty(comparison):
    found = comparison.categories[0].comparison
    ((pair, row),) = zip(found.pairs, gain_rows(found), strict=True)
    assert row.heading == "Boosted trees over LSTM"
    assert len(row.cells) == len(gain_headings()) + 2
    for difference, cell in zip(pair.rejections, row.cells[2:], strict=True):
        total = (difference.uncertainty**2 + difference.training**2) ** 0.5
        assert float(cell.text) == pytest.approx(exp(difference.value), rel=0.01)
        assert float(cell.up) == pytest.approx(exp(difference.value + total) - exp(difference.value), rel=0.1)
        assert float(cell.down) == pytest.approx(exp(difference.value) - exp(difference.value - total), rel=0.1)
        assert cell.note.endswith(" \N{GREEK SMALL LETTER SIGMA}")
        assert cell.few == (difference.background_jets < 10)


def test_a_gain_over_a_rejection_of_no_jets_is_undetermined(comparison):
    found = comparison.categories[0].comparison
    unknown = dict.fromkeys(("value", "uncertainty", "training", "significance", "p_value", "p_holm"))
    rejections = [each.model_copy(update=unknown) for each in found.pairs[0].rejections]
    pairs = [found.pairs[0].model_copy(update={"rejections": rejections})]
    (row,) = gain_rows(found.model_copy(update={"pairs": pairs}))
    assert [cell.text for cell in row.cells[2:]] == ["undetermined"] * 2


def test_figures_and_their_numbers_are_of_each_category(written, comparison):
    described = {each["name"]: each for each in json.loads((written[0] / "figures.json").read_text(encoding="utf-8"))}
    for category in comparison.categories:
        found, profiles = category.comparison, f"efficiency_profiles_{category.name}"
        for name in (f"roc_{category.name}", profiles):
            assert described[name]["section"] == f"category {category.name}"
            assert f'download="{name}.pdf"' in written[1]
        first = found.taggers[0].rejections[0].signal_efficiency
        assert f"signal efficiency of {first:g}." in described[profiles]["caption"]
        curves = pd.read_csv(written[0] / f"roc_{category.name}.csv")
        expected = [value for tagger in found.taggers for value in tagger.curve.background_efficiency]
        assert curves.background_efficiency.tolist() == pytest.approx(expected)
        assert set(pd.read_csv(written[0] / f"{profiles}.csv").variable) == {"pt", "eta"}


def test_table_md_has_one_table_per_category(written, comparison):
    text = (written[0] / "table.md").read_text(encoding="utf-8")
    assert text.count("| tagger | AUC |") == 3
    for title, points in {"Few \\& soft: ": (0.6, 0.75), "Many: ": (0.45, 0.95)}.items():
        table = text.partition(f"**{title}")[2].split("\n\n")[1]
        assert all(f"1/ε_B at ε_S = {point:g}" in table for point in points)
