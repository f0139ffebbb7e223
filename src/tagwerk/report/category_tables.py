"""The rows of the tables of a category of jets that the page has for no other comparison."""

from math import exp, hypot

from tagwerk.evaluation.comparison import Comparison
from tagwerk.evaluation.outcome import FEW_JETS
from tagwerk.evaluation.paired_results import LogRejectionDifference
from tagwerk.report.pair_tables import sigma_text
from tagwerk.report.tables import TableCell, TableRow
from tagwerk.rounding import asymmetric, measurement


def gain_headings() -> list[str]:
    """Return the headings of the columns before the working points."""
    return ["Gain in AUC", "Standard deviations"]


def gain_rows(comparison: Comparison) -> list[TableRow]:
    """Return one row per pair of taggers, that of higher AUC first: the gain in AUC, and in rejection as a ratio."""
    colors = {tagger.name: tagger.color for tagger in comparison.taggers}
    return [
        TableRow(
            f"{comparison.titles[pair.first]} over {comparison.titles[pair.second]}",
            colors[pair.first],
            [
                TableCell(measurement(pair.auc, hypot(pair.uncertainty, pair.training or 0.0))),
                TableCell(sigma_text(pair.significance)),
                *map(_gain_cell, pair.rejections),
            ],
        )
        for pair in comparison.pairs
    ]


def _gain_cell(difference: LogRejectionDifference) -> TableCell:
    """Return the ratio of rejections with the uncertainty of its logarithm, and its significance below."""
    log, jets = difference.value, difference.uncertainty
    if log is None or jets is None or difference.significance is None:
        return TableCell("undetermined")
    total = hypot(jets, difference.training or 0.0)
    note = f"{sigma_text(abs(difference.significance))} \N{GREEK SMALL LETTER SIGMA}"
    few = difference.background_jets < FEW_JETS
    return TableCell(*asymmetric(exp(log), exp(log - total), exp(log + total)), note, few, exp(log))
