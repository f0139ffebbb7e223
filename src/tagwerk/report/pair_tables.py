"""The rows of the tables of all pairs of taggers, and of ensembles, as text."""

from tagwerk.evaluation.comparison import Comparison
from tagwerk.evaluation.multiple_testing import two_sided_sigma
from tagwerk.evaluation.outcome import FEW_JETS
from tagwerk.evaluation.paired_results import LogRejectionDifference, PairedDifference
from tagwerk.report.tables import TableCell, TableRow, quantity_cell, rejection_cell
from tagwerk.rounding import decimals, measurement, plain, rounded

_SMALLEST = 1e-4  # smaller p-values are from tails that neither test knows


def pair_headings() -> list[str]:
    """Return the headings of the columns before the working points."""
    return ["Difference in AUC", "Standard deviations", "p-value", "p, all pairs", "p, DeLong"]


def pair_difference_rows(comparison: Comparison) -> list[TableRow]:
    """Return one row per pair: difference in AUC, its significance and p-values, logarithms of ratios of rejections."""
    taggers = {tagger.name: tagger for tagger in comparison.taggers}
    return [
        TableRow(
            f"{taggers[pair.first].title} \N{MINUS SIGN} {taggers[pair.second].title}",
            taggers[pair.first].color,
            [*_auc_cells(pair), *map(_log_cell, pair.rejections)],
        )
        for pair in comparison.pairs
    ]


def distinguished_sentence(comparison: Comparison, sigma: float) -> str:
    """Return how many pairs differ in AUC by at least `sigma` standard deviations after the correction."""
    pairs = comparison.pairs
    distinct = int((two_sided_sigma([pair.p_holm for pair in pairs]) >= sigma).sum())
    subject = f"{distinct} of the {len(pairs)} pairs" if len(pairs) > 1 else ("The pair" if distinct else "No pair")
    return f"{subject} can be distinguished by the AUC at {sigma:g} standard deviations, corrected for all pairs."


def ensemble_headings() -> list[str]:
    """Return the headings of the columns after the metrics."""
    return ["Gain in AUC", "Standard deviations"]


def ensemble_rows(comparison: Comparison) -> list[TableRow]:
    """Return one row per ensemble: all metrics, the gain over the single trainings, the rejections."""
    return [
        TableRow(
            each.title,
            each.color,
            [
                *map(quantity_cell, each.metrics.values()),
                TableCell(measurement(each.gain.auc, each.gain.uncertainty)),
                TableCell(sigma_text(each.gain.significance)),
                *map(rejection_cell, each.rejections),
            ],
        )
        for each in comparison.ensembles
    ]


def p_text(p: float | None) -> str:
    """Return a p-value with two digits, or as smaller than 0.0001."""
    if p is None:
        return "\N{EN DASH}"
    return f"< {_SMALLEST:.4f}" if p < _SMALLEST else plain(p, 2)


def sigma_text(significance: float) -> str:
    """Return a number of standard deviations, beyond 10, which no sample can resolve, only a bound."""
    return plain(significance, 2) if significance <= 10 else "> 10"


def _auc_cells(pair: PairedDifference) -> list[TableCell]:
    note = "" if pair.training is None else f"trainings: ± {rounded(pair.training, decimals(pair.uncertainty))}"
    texts = [sigma_text(pair.significance), *map(p_text, (pair.p_value, pair.p_holm, pair.p_delong))]
    return [TableCell(measurement(pair.auc, pair.uncertainty), note=note), *map(TableCell, texts)]


def _log_cell(difference: LogRejectionDifference) -> TableCell:
    if difference.value is None or difference.uncertainty is None:
        return TableCell("undetermined")
    few = difference.background_jets < FEW_JETS
    note = f"p, all pairs: {p_text(difference.p_holm)}"
    if difference.training is not None:
        note = f"trainings: ± {rounded(difference.training, decimals(difference.uncertainty))}; {note}"
    return TableCell(measurement(difference.value, difference.uncertainty), note=note, few=few)
