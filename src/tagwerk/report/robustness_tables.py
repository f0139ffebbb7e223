"""What taggers lose with changed inputs, as rows of tables."""

from collections.abc import Callable
from typing import Literal

from tagwerk.evaluation.comparison import Comparison
from tagwerk.evaluation.outcome import FEW_JETS
from tagwerk.evaluation.robustness_result import Change, TaggerRobustness
from tagwerk.report.tables import TableCell, TableRow, sorted_by_auc
from tagwerk.rounding import asymmetric, interval_text, measurement

Kind = Literal["perturbations", "inputs", "ranks"]

_EMPTY = TableCell("\N{EN DASH}")
_UNCHANGED = TableCell("no change")


def headings(comparison: Comparison, kind: Kind) -> list[str]:
    """Return the column headings of the rows of one kind: all changes that were tried with any tagger."""
    return list(_titles(comparison, kind).values())


def rejection_rows(comparison: Comparison) -> list[TableRow]:
    """Return one row per tagger: ratio of rejections after and before each perturbation, and the difference in AUC."""
    return _rows(comparison, "perturbations", _rejection_cell)


def importance_rows(comparison: Comparison, kind: Literal["inputs", "ranks"]) -> list[TableRow]:
    """Return one row per tagger that reads any such input: the difference in AUC after exchanging each."""
    return _rows(comparison, kind, lambda change, _: TableCell(_difference(change)))


def signal_efficiency(comparison: Comparison) -> float:
    """Return the working point of the ratios of rejections."""
    first = comparison.robustness[0]
    return first.nominal.rejections[first.middle].signal_efficiency


def has_few_jets(comparison: Comparison) -> bool:
    """Return whether a ratio of rejections is based on fewer than `FEW_JETS` background jets."""
    return any(
        change.rejections[result.middle].background_jets < FEW_JETS and not change.unchanged
        for result in comparison.robustness
        for change in result.perturbations
    )


def _rows(comparison: Comparison, kind: Kind, cell: Callable[[Change, TaggerRobustness], TableCell]) -> list[TableRow]:
    results, titles = {each.tagger: each for each in comparison.robustness}, _titles(comparison, kind)
    rows = []
    for tagger in sorted_by_auc(comparison):
        if tagger.name in results and (changes := _changes(results[tagger.name], kind)):
            cells = {_key(each): _UNCHANGED if each.unchanged else cell(each, results[tagger.name]) for each in changes}
            rows.append(TableRow(tagger.title, tagger.color, [cells.get(key, _EMPTY) for key in titles]))
    return rows


def _titles(comparison: Comparison, kind: Kind) -> dict[tuple[str | None, str], str]:
    return {_key(change): change.full_title for result in comparison.robustness for change in _changes(result, kind)}


def _changes(result: TaggerRobustness, kind: Kind) -> list[Change]:
    changes: list[Change] = getattr(result, kind)
    return changes


def _key(change: Change) -> tuple[str | None, str]:
    return change.sequence, change.name


def _difference(change: Change) -> str:
    return measurement(change.difference, change.uncertainty)


def _rejection_cell(change: Change, result: TaggerRobustness) -> TableCell:
    ratio = change.rejections[result.middle]
    few, note = ratio.background_jets < FEW_JETS, f"AUC: {_difference(change)}"
    if ratio.ratio is None or ratio.high is None:
        return TableCell(interval_text(ratio.ratio, ratio.low, ratio.high), note=note, few=few)
    return TableCell(*asymmetric(ratio.ratio, ratio.low, ratio.high), note, few)
