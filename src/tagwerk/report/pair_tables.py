"""The rows of the tables of all pairs of taggers, and of ensembles, as text."""

from collections.abc import Mapping, Sequence

from tagwerk.evaluation.comparison import Comparison
from tagwerk.evaluation.multiple_testing import two_sided_sigma
from tagwerk.evaluation.outcome import FEW_JETS
from tagwerk.evaluation.paired_results import LogRejectionDifference, PairedDifference
from tagwerk.evaluation.tagger_results import EnsembleResult, MixedEnsembleResult
from tagwerk.report.tables import TableCell, TableRow, metric_cell, rejection_cell
from tagwerk.rounding import decimals, interval_text, listing, measurement, plain, rounded

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


def ensemble_rows(ensembles: Sequence[EnsembleResult | MixedEnsembleResult]) -> list[TableRow]:
    """Return one row per ensemble: all metrics, the gain in AUC, the rejections."""
    return [
        TableRow(
            each.title,
            each.color,
            [
                *map(metric_cell, each.metrics.values()),
                TableCell(measurement(each.gain.auc, each.gain.uncertainty)),
                TableCell(sigma_text(each.gain.significance)),
                *map(rejection_cell, each.rejections),
            ],
        )
        for each in ensembles
    ]


def mixed_sentence(each: MixedEnsembleResult, titles: Mapping[str, str]) -> str:
    """Return what an ensemble of several taggers consists of, and what its gain is over."""
    best = listing([f"{titles[name]} of the group “{group}”" for group, name in each.members.items()])
    count, better = each.baseline_trainings, titles[each.better]
    over = f"one training of {better} alone" if count == 1 else f"{count} trainings of {better}, the better one"
    ratios = [ratio for ratio in each.gain.ratios if ratio.background_jets >= FEW_JETS and ratio.value is not None]
    gains = [
        f"{interval_text(ratio.value, ratio.low, ratio.high)} at a signal efficiency of {ratio.signal_efficiency:g}"
        for ratio in ratios
    ]
    rejection = f" The ratio of rejections is {listing(gains)}." if gains else ""
    return f"One training each of {best}, the best on the validation jets. The gain is over {over}.{rejection}"


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
