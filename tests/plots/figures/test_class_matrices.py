"""The matrices of all classes, as a figure, numbers and tables."""

import numpy as np
import pytest

from tagwerk.cards.load_study import load_cards
from tagwerk.evaluation.class_comparison import compare_classes
from tagwerk.evaluation.compare import compare
from tagwerk.evaluation.quantities import Quantity
from tagwerk.plots.figures.class_matrices import auc_cell, class_numbers, confusion_cell, plot_classes, rejection_cell
from tagwerk.report.class_tables import confusion_rows, left_out, separation_heads, separation_rows
from tests.evaluation.study_files import write_study
from tests.evaluation.test_class_comparison import CLASSES, gaussians, run

LABELS = {"light": "Light jets", "c": "c jets", "b": "b jets"}


@pytest.fixture(scope="module")
def comparison(tmp_path_factory):
    card, _, folders = write_study(tmp_path_factory.mktemp("study"), jets=1000)
    two = compare(load_cards(card), folders, count=10)
    assert two.classes is None
    jets, p = gaussians(jets=1500)
    worse = 0.6 * p + 0.4 * np.roll(p, 1, axis=0)
    runs = {"lstm": [run(jets, worse)], "boosted_trees": [run(jets, p), run(jets, p)]}
    return two.model_copy(update={"classes": compare_classes(runs, CLASSES, 0.5, seed=1, count=20)})


def texts(axes):
    return [text.get_text() for text in axes.texts if text.get_transform() == axes.transData]


def test_the_best_tagger_is_shown_with_every_class_against_all_others(comparison):
    assert comparison.best == "boosted_trees"
    auc, rejection, confusion = plot_classes(comparison, LABELS).axes
    best = comparison.classes.taggers[1]
    pairs = [(row, column) for row in CLASSES for column in (*CLASSES, None)]
    assert texts(auc) == [auc_cell(best)(*pair).text for pair in pairs]
    assert texts(auc)[0] == ""
    assert f"{best.separation('b', 'light').auc.value:.4f}\n" in auc_cell(best)("b", "light").text
    assert texts(rejection)[3] == rejection_cell(best)("light", None).text
    assert texts(confusion) == [confusion_cell(best)(row, column).text for row in CLASSES for column in CLASSES]
    assert [text.get_text() for text in auc.get_xticklabels()] == ["Light jets", "c jets", "b jets", "all others"]


def test_many_classes_are_below_one_another(comparison):
    names = [f"class{index}" for index in range(6)]
    jets, p = gaussians(jets=1200)
    six = np.concatenate([p, p[:, ::-1]], axis=1) / 2
    classes = compare_classes({"lstm": [run(jets, six, classes=names)]}, names, 0.5, seed=1, count=3)
    figure = plot_classes(comparison.model_copy(update={"classes": classes}), {name: name for name in names})
    first, second, third = (axes.get_position() for axes in figure.axes)
    assert first.y0 > second.y1
    assert second.y0 > third.y1
    assert "LSTM;" in figure.get_suptitle()  # the best tagger has no probabilities of all classes
    assert "\N{EN DASH}" in texts(figure.axes[0])  # three classes have no jets


def test_numbers_are_those_of_the_results_for_every_tagger(comparison):
    numbers = class_numbers(comparison)
    assert len(numbers) == 2 * (9 + 9 + 9)
    row = numbers[(numbers["tagger"] == "LSTM") & (numbers["row"] == "b") & (numbers["column"] == "light")]
    found = comparison.classes.taggers[0].separation("b", "light")
    assert row.set_index("quantity").loc["auc", "value"] == found.auc.value
    assert row.set_index("quantity").loc["rejection", "low"] == found.rejection.low
    assert (
        numbers.loc[numbers["quantity"] == "confusion"].groupby(["tagger", "row"])["value"].sum() - 1
    ).abs().max() < 1e-9


def test_bounds_and_missing_numbers_are_never_silent(comparison):
    best = comparison.classes.taggers[1]
    pairs = [each.model_copy(update=BOUND if each.background == "light" else NONE) for each in best.separations]
    cells = [each.model_copy(update={"value": 0.0, "low": 0.0, "high": 0.0123}) for each in best.confusion]
    tagger = best.model_copy(update={"separations": pairs, "confusion": cells})
    assert auc_cell(tagger)("b", "light").text == "> 0.99999"
    assert auc_cell(tagger)("b", "c").text == "\N{EN DASH}"
    assert rejection_cell(tagger)("b", None).text == "\N{EN DASH}"
    assert confusion_cell(tagger)("b", "c").text == "< 0.012"
    classes = comparison.classes.model_copy(update={"taggers": [tagger]})
    changed = comparison.model_copy(update={"classes": classes})
    assert [cell.text for cell in separation_rows(changed, "b")[0].cells][1:3] == ["\N{EN DASH}"] * 2
    assert [cell.text for cell in confusion_rows(changed, "b")[0].cells] == ["< 1.2 %"] * 3
    plot_classes(changed, LABELS)


BOUND = {"auc": Quantity(value=1.0, uncertainty=0.0, spread=None)}
NONE = {"auc": None, "rejection": None}


def test_tables_have_one_row_per_tagger_and_one_cell_per_heading(comparison):
    heads = separation_heads(comparison.classes, "b", LABELS)
    assert heads[:3] == ["AUC against Light jets", "AUC against c jets", "AUC against all others"]
    rows = separation_rows(comparison, "b")
    assert [row.heading for row in rows] == ["Boosted trees", "LSTM"]
    assert all(len(row.cells) == len(heads) for row in rows)
    fractions = confusion_rows(comparison, "b")[0].cells
    value = comparison.classes.taggers[1].cell("b", "b").value
    assert float(fractions[2].text.removesuffix(" %")) == pytest.approx(100 * value, abs=0.1)
    assert left_out(comparison) == ["LSTM, twice as wide"]
