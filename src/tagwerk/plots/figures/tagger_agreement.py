"""Agreement of the taggers, pair by pair."""

from collections.abc import Callable

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import NullLocator

from tagwerk.arrays import Floats64
from tagwerk.evaluation.agreement import PairAgreement
from tagwerk.evaluation.comparison import Comparison
from tagwerk.plots.drawn_taggers import middle_working_point
from tagwerk.plots.report_figure import ReportFigure
from tagwerk.plots.style import experiment_label, sample_text, wrap_text
from tagwerk.report.tables import sorted_by_auc

_MANY = 9  # taggers; beyond, numbers are smaller
_TITLE_WIDTH = 18  # characters
_WITH_ENDS = 6  # taggers; beyond, cells have no space for uncertainties

Value = Callable[[PairAgreement], float | None]


def plot_agreement(comparison: Comparison, pairs: list[PairAgreement]) -> Figure:
    """Return matrices of the taggers, the best first: rank correlation, overlap, and gain of the combination.

    Of the first two, the lower triangle is for the background and the upper one for the signal.
    """
    target = middle_working_point(comparison)
    order = [tagger.name for tagger in sorted_by_auc(comparison)]
    correlation = _both(pairs, order, _correlation("background"), _correlation("signal"))
    overlap = _both(pairs, order, _overlap("background", target), _overlap("signal", target))
    gain = _both(pairs, order, _gain("gain", target), lambda _: None)
    ends = [_both(pairs, order, _gain(end, target), lambda _: None) for end in ("low", "high")]
    side = max(4.0, 0.42 * len(order) + 1.2)
    figure = Figure(figsize=(3 * side + 2.5, side + 2.2))
    panels = figure.subplots(1, 3)
    titles = [wrap_text(comparison.titles[name], _TITLE_WIDTH) for name in order]
    triangles = "lower left: background; upper right: signal"
    cut = rf"$\varepsilon_\mathrm{{S}} = {target:g}$"
    _heatmap(panels[0], correlation, titles, f"Rank correlation of the scores\n{triangles}")
    _heatmap(panels[1], overlap, None, f"Overlap of the accepted jets at {cut}\n{triangles}")
    _heatmap(panels[2], gain, None, f"Rejection of the combination / of the better\nat {cut}", ends)
    experiment_label(figure, panels[0], f"{comparison.dataset}, {sample_text(comparison)}")
    return figure


def agreement_numbers(pairs: list[PairAgreement], titles: dict[str, str]) -> pd.DataFrame:
    """Return one row per pair of taggers and working point."""
    return pd.DataFrame([row for pair in pairs for row in _rows(pair, titles)])


def _rows(pair: PairAgreement, titles: dict[str, str]) -> list[dict[str, object]]:
    about = {"first": titles[pair.first], "second": titles[pair.second]}
    about |= pair.model_dump(include={"signal_correlation", "background_correlation"})
    rows = []
    for overlap, gain in zip(pair.overlaps, pair.gains, strict=True):
        row: dict[str, object] = about | {"working_point": overlap.working_point}
        for name in ("background", "signal"):
            measured = getattr(overlap, name)
            ends = ("value", "low", "high")
            row |= {f"{name}_overlap_{end}": getattr(measured, end) if measured else None for end in ends}
            row[f"{name}_overlap_independent"] = getattr(overlap, f"{name}_independent")
        row |= {"gain": gain.gain, "gain_low": gain.low, "gain_high": gain.high}
        rows.append(row | {"better": titles[gain.better], "gain_background_jets": gain.background_jets})
    return rows


def _correlation(name: str) -> Value:
    return lambda pair: getattr(pair, f"{name}_correlation")


def _overlap(name: str, target: float) -> Value:
    def value(pair: PairAgreement) -> float | None:
        found = next(getattr(each, name) for each in pair.overlaps if each.working_point == target)
        return None if found is None else found.value

    return value


def _gain(name: str, target: float) -> Value:
    return lambda pair: next(getattr(each, name) for each in pair.gains if each.working_point == target)


def _both(pairs: list[PairAgreement], order: list[str], lower: Value, upper: Value) -> Floats64:
    """Return a matrix with one value of each pair in its lower and another in its upper triangle."""
    is_lower = np.tri(len(order), dtype=bool)
    return np.where(is_lower, _matrix(pairs, order, lower), _matrix(pairs, order, upper))


def _matrix(pairs: list[PairAgreement], order: list[str], value: Value) -> Floats64:
    """Return a symmetric matrix of a value of each pair, NaN on the diagonal."""
    matrix = np.full((len(order), len(order)), np.nan)
    for pair in pairs:
        one, two = order.index(pair.first), order.index(pair.second)
        number = value(pair)
        matrix[one, two] = matrix[two, one] = np.nan if number is None else number
    return matrix


def _heatmap(
    axes: Axes, matrix: Floats64, titles: list[str] | None, title: str, ends: list[Floats64] | None = None
) -> None:
    """Draw a matrix with its numbers, and the ends of their intervals; taggers are numbered, and named where given."""
    finite = matrix[np.isfinite(matrix)]
    low, high = (finite.min(), finite.max()) if len(finite) else (0.0, 1.0)
    axes.imshow(matrix, cmap="cividis", vmin=low, vmax=high if high > low else low + 1, aspect="equal")
    size = "xx-small" if len(matrix) > _MANY else "small"
    for (row, column), value in np.ndenumerate(matrix):
        if np.isfinite(value):
            dark = (value - low) < 0.55 * (high - low)
            color = "white" if dark else "black"
            text = f"{value:.2f}"
            if ends is not None and len(matrix) <= _WITH_ENDS:
                low_end, high_end = ends[0][row, column], ends[1][row, column]
                text = rf"${value:.2f}^{{+{high_end - value:.2f}}}_{{-{value - low_end:.2f}}}$"
            axes.text(column, row, text, ha="center", va="center", color=color, fontsize=size)
    numbers = [f"{index + 1}" for index in range(len(matrix))]
    names = [f"{name}  {number}" for name, number in zip(titles, numbers, strict=True)] if titles else numbers
    axes.set_xticks(range(len(matrix)), numbers, fontsize="small")
    axes.set_yticks(range(len(matrix)), names, fontsize="small")
    axes.tick_params(which="both", length=0)
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_minor_locator(NullLocator())
    axes.set_xlabel(title, fontsize="small")


FIGURE = ReportFigure(
    section="agreement",
    applies=lambda results: bool(results.comparison.agreement),
    draw=lambda results: plot_agreement(results.comparison, results.comparison.agreement or []),
    numbers=lambda results: agreement_numbers(results.comparison.agreement or [], results.comparison.titles),
    panels=lambda _: 3,
    alt=lambda results: (
        f"Matrices of {results.titles}: rank correlation of the scores, background accepted in common, and gain of "
        "the combination of each pair."
    ),
    caption=lambda results: (
        "Left: Rank correlation (Spearman) of the scores of each pair within signal and within background. Middle: "
        "jets accepted by both as a fraction of those accepted by either, at a signal efficiency of "
        f"{middle_working_point(results.comparison):g}. Right: rejection of a logistic regression of the two log-odds, "
        "cross-validated over test events, over that of the better of the two. Where two taggers share little "
        "background, their combination gains."
    ),
)
