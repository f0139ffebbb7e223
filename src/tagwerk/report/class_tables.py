"""The tables of all classes: the separations of every tagger, and its confusion matrix."""

from collections.abc import Mapping

from tagwerk.evaluation.class_results import ClassComparison, Separation, TaggerClasses
from tagwerk.evaluation.comparison import Comparison
from tagwerk.evaluation.tagger_results import TaggerResult
from tagwerk.report.tables import TableCell, TableRow, percent_cell, quantity_cell, rejection_cell, sorted_by_auc

_NONE = "\N{EN DASH}"


def separation_heads(classes: ClassComparison, signal: str, labels: Mapping[str, str]) -> list[str]:
    """Return the headings of the columns of `separation_rows`."""
    others = [labels[name] for name in classes.classes if name != signal]
    return [f"{what} {other}" for what in ("AUC against", "Rejection of") for other in [*others, "all others"]]


def separation_rows(comparison: Comparison, signal: str) -> list[TableRow]:
    """Return one row per tagger: AUC and rejection of one class against each other one and all others together."""
    rows = []
    for tagger, found in _taggers(comparison):
        pairs = [each for each in found.separations if each.signal == signal]
        cells = [*map(_auc_cell, pairs), *map(_rejection_cell, pairs)]
        rows.append(TableRow(tagger.title, tagger.color, cells))
    return rows


def confusion_heads(classes: ClassComparison, labels: Mapping[str, str]) -> list[str]:
    """Return the headings of the columns of `confusion_rows`."""
    return [labels[name] for name in classes.classes]


def confusion_rows(comparison: Comparison, truth: str) -> list[TableRow]:
    """Return one row per tagger: the fractions of the jets of one class that are classified as each class."""
    return [
        TableRow(
            tagger.title,
            tagger.color,
            [percent_cell(each.value, each.low, each.high) for each in found.confusion if each.truth == truth],
        )
        for tagger, found in _taggers(comparison)
    ]


def left_out(comparison: Comparison) -> list[str]:
    """Return the titles of the taggers without probabilities of all classes."""
    found = {tagger.name for tagger, _ in _taggers(comparison)}
    return [tagger.title for tagger in sorted_by_auc(comparison) if tagger.name not in found]


def _taggers(comparison: Comparison) -> list[tuple[TaggerResult, TaggerClasses]]:
    """Return the taggers, the best first, that have results for all classes."""
    found = {each.tagger: each for each in comparison.classes.taggers} if comparison.classes else {}
    return [(tagger, found[tagger.name]) for tagger in sorted_by_auc(comparison) if tagger.name in found]


def _auc_cell(pair: Separation) -> TableCell:
    return TableCell(_NONE) if pair.auc is None else quantity_cell(pair.auc)


def _rejection_cell(pair: Separation) -> TableCell:
    return TableCell(_NONE) if pair.rejection is None else rejection_cell(pair.rejection)
