"""The taggers on alternative samples, as rows of tables."""

from tagwerk.evaluation.alternative_results import AlternativeSample, Shift
from tagwerk.report.tables import TableCell, TableRow, quantity_cell, ratio_cell
from tagwerk.rounding import decimals, measurement, rounded


def alternative_headings() -> list[str]:
    """Return the headings of the columns before the ratios of rejections."""
    return ["AUC", "Change of AUC", "Change, relative to the best"]


def alternative_rows(sample: AlternativeSample) -> list[TableRow]:
    """Return one row per tagger, the best on the sample first: AUC, its changes, ratios of rejections."""
    ranked = sorted(sample.taggers, key=lambda each: -each.auc.value)
    return [
        TableRow(
            each.title,
            each.color,
            [
                quantity_cell(each.auc),
                shift_cell(each.change),
                TableCell("\N{EN DASH}") if each.relative is None else shift_cell(each.relative),
                *map(ratio_cell, each.ratios),
            ],
        )
        for each in ranked
    ]


def shift_cell(shift: Shift) -> TableCell:
    """Return a change of the AUC, and below it the uncertainty from the trainings, if there are several."""
    text = measurement(shift.auc, shift.uncertainty)
    if shift.training is None:
        return TableCell(text, order=shift.auc)
    note = f"trainings: ± {rounded(shift.training, decimals(shift.uncertainty))}"
    return TableCell(text, note=note, order=shift.auc)
