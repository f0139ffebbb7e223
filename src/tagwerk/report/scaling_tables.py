"""The scaling of the loss with the number of training jets, as rows of a table and in words."""

from tagwerk.evaluation.comparison import Comparison
from tagwerk.evaluation.intervals import BOUND
from tagwerk.evaluation.scaling_results import FittedParameter, ScalingFit
from tagwerk.report.tables import TableCell, TableRow
from tagwerk.rounding import asymmetric, decimals, measurement, plain, rounded, title_listing

_ROUNDING = 0.01  # a smaller χ² of a fit of as many parameters as losses is that of an unfinished minimisation


def scaling_headings(comparison: Comparison) -> list[str]:
    """Return the column headings of `scaling_rows`."""
    largest = sorted_fits(comparison)[0].points[-1].jets
    return [f"Loss at {largest:,}", "L∞", "b", "B", "χ² / degrees of freedom"]


def scaling_rows(comparison: Comparison) -> list[TableRow]:
    """Return one row per tagger, that of the lowest loss at the largest size first: its loss and the fit."""
    return [
        TableRow(
            fit.title,
            fit.color,
            [
                _loss_cell(fit),
                parameter_cell(fit.limit),
                parameter_cell(fit.exponent),
                TableCell(f"{fit.amplitude:.2g}", order=fit.amplitude),
                TableCell("none left" if _is_exact(fit) else f"{plain(fit.chi2, 2)} / {fit.ndf}", order=fit.chi2),
            ],
        )
        for fit in sorted_fits(comparison)
    ]


def scaling_sentence(comparison: Comparison) -> str:
    """Return for which taggers the fit is not determined, and what it does not include."""
    fits = sorted_fits(comparison)
    sentences = []
    if not fits[0].ndf:
        sentences.append("Three sizes determine the three parameters exactly, so the fit does not test the law.")
        missed = [fit.title for fit in fits if not _is_exact(fit)]
        if missed:
            sentences.append(f"No such law has the losses of {title_listing(missed)}.")
    open_ended = [fit.title for fit in fits if not fit.determined]
    if open_ended:
        subject = "all taggers" if len(open_ended) == len(fits) else title_listing(open_ended)
        sentences.append(f"For {subject} these losses do not determine b: an end is open, and L∞ is a bound at best.")
    if any(fit.trainings < 2 for fit in fits):
        sentences.append("With one training each, the intervals are of the test jets alone and too narrow.")
    return " ".join(sentences)


def _is_exact(fit: ScalingFit) -> bool:
    """Return whether the curve passes through all losses, as one with three sizes does if L∞ and b are in range."""
    return fit.ndf == 0 and fit.chi2 < _ROUNDING


def sorted_fits(comparison: Comparison) -> list[ScalingFit]:
    """Return the fits, that of the lowest loss at the largest size first."""
    return sorted(comparison.scaling, key=lambda fit: fit.points[-1].loss)


def parameter_cell(parameter: FittedParameter) -> TableCell:
    """Return a parameter with its interval, or the bound that the losses set."""
    value, low, high = parameter.value, parameter.low, parameter.high
    if low is not None and high is not None:
        return TableCell(*asymmetric(value, low, high), order=value)
    if high is not None:
        return TableCell(f"< {plain(high, 2)}", note=BOUND, order=value)
    if low is not None:
        return TableCell(f"> {plain(low, 2)}", note=BOUND, order=value)
    return TableCell("undetermined", order=value)


def _loss_cell(fit: ScalingFit) -> TableCell:
    last = fit.points[-1]
    text = measurement(last.loss, last.uncertainty)
    if last.training is None:
        return TableCell(text, order=last.loss)
    return TableCell(text, note=f"trainings: ± {rounded(last.training, decimals(last.uncertainty))}", order=last.loss)
