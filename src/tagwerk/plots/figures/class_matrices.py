"""The best tagger's matrices of AUC, rejection and confusion for all classes."""

from collections.abc import Callable, Iterator, Mapping
from math import log
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from tagwerk.evaluation.class_results import ClassComparison, TaggerClasses
from tagwerk.evaluation.comparison import Comparison
from tagwerk.evaluation.cost import known_rejection
from tagwerk.plots.report_figure import ReportFigure, Results
from tagwerk.plots.style import experiment_label, wrap_text
from tagwerk.rounding import asymmetric, decimals, plain, rounded

_CELL = 1.15  # inches
_LABEL_WIDTH = 14  # characters
_FEW = 4  # classes; beyond, the matrices are below one another
_MAX_PLACES = 5  # that fit into a cell
_NONE = "\N{EN DASH}"
_MINUS = "\N{MINUS SIGN}"
_DARK = 0.85  # of the colour scale; beyond, numbers are white


class Cell(NamedTuple):
    """A number for the colour, None where there is none, and the text: the value and its uncertainty on two lines."""

    level: float | None
    text: str


def plot_classes(comparison: Comparison, labels: Mapping[str, str]) -> Figure:
    """Return three matrices of the best tagger: AUC and rejection of row against column, and the confusion matrix.

    The last column of the first two is the class against all others. `labels` are those of the classes by name.
    """
    classes, tagger = class_comparison(comparison), shown_tagger(comparison)
    names = classes.classes
    size = _CELL * (len(names) + 1)
    rows, columns = (1, 3) if len(names) <= _FEW else (3, 1)
    figure = Figure(figsize=(columns * (size + 1.9), rows * (size + 1.7) + 1.2))
    panels = figure.subplots(rows, columns)
    others = "".join(f" ({each:g} for {name})" for name, each in classes.efficiencies.items())
    point = rf"$1/\varepsilon_\mathrm{{B}}$ at $\varepsilon_\mathrm{{S}} = {classes.signal_efficiency:g}${others}"
    _plot_matrix(panels[0], names, [*names, None], auc_cell(tagger), labels)
    _plot_matrix(panels[1], names, [*names, None], rejection_cell(tagger), labels)
    _plot_matrix(panels[2], names, [*names], confusion_cell(tagger), labels)
    for axes, text in zip(panels, ("AUC", point, "fraction of the row"), strict=True):
        is_confusion = axes is panels[2]
        axes.set_xlabel(f"{'Classified as' if is_confusion else 'Background'}: {text}")
        axes.set_ylabel("True class" if is_confusion else "Signal")
    title = comparison.titles.get(tagger.tagger, tagger.tagger)
    sample = f"{comparison.dataset}, {sum(classes.jets.values()):,} test jets of {len(names)} classes"
    experiment_label(figure, panels[0], sample, f"{title}; with 68 % intervals from the test sample")
    return figure


def class_comparison(comparison: Comparison) -> ClassComparison:
    """Return the results for all classes, which a study of three classes or more has."""
    assert comparison.classes is not None, "the dataset has two classes"
    return comparison.classes


def shown_tagger(comparison: Comparison) -> TaggerClasses:
    """Return the best tagger, or the first one if the best has no probabilities of all classes."""
    taggers = class_comparison(comparison).taggers
    return next((each for each in taggers if each.tagger == comparison.best), taggers[0])


def auc_cell(tagger: TaggerClasses) -> Callable[[str, str | None], Cell]:
    """Return the function that gives the AUC of a class against another, its colour by log(1 - AUC)."""

    def cell(signal: str, background: str | None) -> Cell:
        auc = None if signal == background else tagger.separation(signal, background).auc
        if auc is None:
            return Cell(None, "" if signal == background else _NONE)
        places = min(decimals(auc.uncertainty), _MAX_PLACES)
        if round(auc.value, _MAX_PLACES) == 1:
            return Cell(-log(max(1 - auc.value, 1e-9)), f"> {1 - 10**-_MAX_PLACES:g}")
        text = f"{rounded(auc.value, places)}\n± {rounded(auc.uncertainty, places)}"
        return Cell(-log(max(1 - auc.value, 1e-9)), text)

    return cell


def rejection_cell(tagger: TaggerClasses) -> Callable[[str, str | None], Cell]:
    """Return the function that gives the rejection of another class, its colour by the logarithm."""

    def cell(signal: str, background: str | None) -> Cell:
        rejection = None if signal == background else tagger.separation(signal, background).rejection
        if rejection is None:
            return Cell(None, "" if signal == background else _NONE)
        level = log(max(known_rejection(rejection), 1e-9))
        if rejection.value is None or rejection.high is None:
            return Cell(level, f"> {plain(rejection.low, 2)}")
        value, up, down = asymmetric(rejection.value, rejection.low, rejection.high)
        return Cell(level, f"{value}\n+{up} {_MINUS}{down}")

    return cell


def confusion_cell(tagger: TaggerClasses) -> Callable[[str, str | None], Cell]:
    """Return the function that gives the fraction of a class that is classified as another."""

    def cell(truth: str, predicted: str | None) -> Cell:
        found = tagger.cell(truth, predicted or "")
        if found.value is None or found.low is None or found.high is None:
            return Cell(None, _NONE)
        if not found.low:
            return Cell(found.value, f"< {plain(found.high, 2)}")
        value, up, down = asymmetric(found.value, found.low, found.high)
        return Cell(found.value, f"{value}\n+{up} {_MINUS}{down}")

    return cell


def _plot_matrix(
    axes: Axes,
    rows: list[str],
    columns: list[str | None],
    cell: Callable[[str, str | None], Cell],
    labels: Mapping[str, str],
) -> None:
    size = "x-small" if len(rows) <= _FEW else "xx-small"
    cells = [[cell(row, column) for column in columns] for row in rows]
    levels = np.array([[np.nan if each.level is None else each.level for each in row] for row in cells], float)
    low, high = (np.nanmin(levels), np.nanmax(levels)) if np.isfinite(levels).any() else (0.0, 1.0)
    scaled = (levels - low) / (high - low or 1)
    # Light enough at both ends for numbers to be read.
    axes.imshow(0.05 + 0.75 * scaled, cmap="Blues", vmin=0, vmax=1, aspect="auto")
    for row, column in np.ndindex(scaled.shape):
        color = "white" if scaled[row, column] > _DARK else "black"
        text = cells[row][column].text
        axes.text(column, row, text, ha="center", va="center", color=color, fontsize=size, linespacing=1.3)
    names = ["all others" if column is None else labels[column] for column in columns]
    texts = [wrap_text(name, _LABEL_WIDTH) for name in names]
    axes.set_xticks(range(len(texts)), texts, rotation=35, ha="right", fontsize="x-small")
    axes.set_yticks(range(len(rows)), [wrap_text(labels[name], _LABEL_WIDTH) for name in rows], fontsize="x-small")
    axes.tick_params(which="both", length=0)
    axes.minorticks_off()


def class_numbers(comparison: Comparison) -> pd.DataFrame:
    """Return one row per tagger, quantity and cell of its matrix; the column is empty for all other classes."""
    tables = []
    for tagger in class_comparison(comparison).taggers:
        table = pd.DataFrame([*_separation_numbers(tagger), *_confusion_numbers(tagger)])
        tables.append(table.assign(tagger=comparison.titles.get(tagger.tagger, tagger.tagger)))
    return pd.concat(tables)[["tagger", "quantity", "row", "column", "value", "low", "high"]]


def _separation_numbers(tagger: TaggerClasses) -> Iterator[dict[str, Any]]:
    for pair in tagger.separations:
        about = {"row": pair.signal, "column": pair.background or ""}
        if pair.auc is not None:
            low, high = (pair.auc.value + sign * pair.auc.uncertainty for sign in (-1, 1))
            yield about | {"quantity": "auc", "value": pair.auc.value, "low": low, "high": high}
        if pair.rejection is not None:
            yield about | {"quantity": "rejection"} | pair.rejection.model_dump(include={"value", "low", "high"})


def _confusion_numbers(tagger: TaggerClasses) -> Iterator[dict[str, Any]]:
    for cell in tagger.confusion:
        about = {"quantity": "confusion", "row": cell.truth, "column": cell.predicted}
        yield about | cell.model_dump(include={"value", "low", "high"})


def _labels(results: Results) -> dict[str, str]:
    return {each.name: each.label for each in results.comparison.styles}


def _title(results: Results) -> str:
    name = shown_tagger(results.comparison).tagger
    return results.comparison.titles.get(name, name)


FIGURE = ReportFigure(
    section="classes",
    applies=lambda results: results.comparison.classes is not None,
    draw=lambda results: plot_classes(results.comparison, _labels(results)),
    numbers=lambda results: class_numbers(results.comparison),
    alt=lambda results: f"Matrices of AUC, rejection and confusion of {_title(results)} for all classes.",
    caption=lambda results: (
        f"{_title(results)}: AUC and background rejection for each class (row) against each other one (column) and "
        "against all others together, and the fraction of each class that is classified as each class, by the highest "
        "probability. With 68 % intervals from the finite test sample. The numbers of all taggers are in the file."
    ),
    panels=lambda results: 3 if len(class_comparison(results.comparison).classes) <= _FEW else 1,
)
