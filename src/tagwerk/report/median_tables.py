"""The medians over trainings, as tables of published taggers quote them."""

from tagwerk.evaluation.comparison import Comparison
from tagwerk.evaluation.medians import MIN_TRAININGS, Median, metric_medians, rejection_medians
from tagwerk.evaluation.tagger_results import TaggerResult
from tagwerk.report.tables import TableCell, TableRow, sorted_by_auc
from tagwerk.rounding import measurement, plain


def median_taggers(comparison: Comparison) -> list[TaggerResult]:
    """Return the taggers with enough trainings for a median, that of the highest AUC first."""
    return [tagger for tagger in sorted_by_auc(comparison) if len(tagger.trainings) >= MIN_TRAININGS]


def median_rows(comparison: Comparison) -> list[TableRow]:
    """Return one row per such tagger: the number of trainings, all metrics, the rejection at each working point."""
    return [
        TableRow(
            tagger.title,
            tagger.color,
            [
                TableCell(str(len(tagger.trainings))),
                *map(median_cell, metric_medians(tagger).values()),
                *map(median_cell, rejection_medians(tagger)),
            ],
        )
        for tagger in median_taggers(comparison)
    ]


def median_cell(found: Median | None) -> TableCell:
    """Return a median with the standard deviation over the trainings, a dash where some training has no value."""
    if found is None:
        return TableCell("\N{EN DASH}")
    if not found.spread:
        return TableCell(plain(found.value), order=found.value)
    return TableCell(measurement(found.value, found.spread), order=found.value)
