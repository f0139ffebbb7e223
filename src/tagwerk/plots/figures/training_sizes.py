"""The gain of the taggers from more training jets."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter, LogLocator, MaxNLocator, NullLocator

from tagwerk.arrays import Floats64
from tagwerk.evaluation.comparison import Comparison
from tagwerk.evaluation.learning_curves import group_by_tagger
from tagwerk.evaluation.learning_results import LearningCurvePoint
from tagwerk.evaluation.quantities import Quantity
from tagwerk.plots.report_figure import ReportFigure
from tagwerk.plots.style import experiment_label, legend_label, sample_text

_MARKERS = ("o", "s", "^", "D", "v", "P", "X", "<", ">", "h")
_STYLES = ("-", "--", "-.", ":")
_LONG_TITLE = 30  # characters; beyond, two legend entries do not fit next to each other
_MAX_LINEAR_RATIO = 5.0  # of the largest difference to that for the most jets; beyond, the axis is logarithmic
_OFFSET = 0.16  # of the step between two sizes; the taggers' points are spread over it so that none hides another


def plot_sizes(comparison: Comparison) -> Figure:
    """Return 1 − AUC versus the number of training jets, one line per tagger, above the difference to the best tagger.

    Bars above: the finite test sample and the mean over trainings, in quadrature. Below, both taggers have the same
    jets, so common fluctuations cancel; the best has the highest AUC at the largest size.
    """
    groups = group_by_tagger(comparison.sizes)
    columns = 1 if max(len(group[0].title) for group in groups) > _LONG_TITLE else 2
    figure = Figure(figsize=(8.5, 9 + 0.3 * -(-len(groups) // columns)))
    grid = figure.add_gridspec(2, 1, height_ratios=[1.6, 1])
    upper = figure.add_subplot(grid[0])
    lower = figure.add_subplot(grid[1], sharex=upper)
    for rank, (group, offset) in enumerate(zip(groups, _offsets(groups), strict=True)):
        _plot_errors(upper, group, rank, offset)
        _plot_differences(lower, group, rank, offset)
    if comparison.optimum is not None:
        limit = f"Limit: {comparison.optimum.title}"
        upper.axhline(1 - comparison.optimum.auc.value, color="black", linestyle="--", linewidth=1.2, label=limit)
    _set_axes(upper, lower, sorted({point.jets for point in comparison.sizes}))
    best = next(tagger.title for tagger in comparison.taggers if tagger.name == comparison.best)
    _set_symlog_scale(lower, groups)
    lower.set_ylabel(r"AUC $-$ AUC$_\mathrm{best}$")
    lower.axhline(0, color="black", linewidth=1)
    lower.set_title(f"Best on the most jets: {best}", loc="left", fontsize="x-small", pad=4)
    figure.legend(loc="outside lower center", ncols=columns, fontsize="x-small")
    experiment_label(figure, upper, f"{comparison.dataset}, {sample_text(comparison)}", _caption(comparison))
    return figure


def total_uncertainty(quantity: Quantity, trainings: int) -> float:
    """Return the uncertainty of a mean over trainings, from the test jets and, if there are several, the trainings."""
    return float(np.hypot(quantity.uncertainty, (quantity.spread or 0) / trainings**0.5))


def _offsets(groups: list[list[LearningCurvePoint]]) -> Floats64:
    """Return a factor on the number of jets for each tagger, around one."""
    jets = np.unique([point.jets for group in groups for point in group])
    step = float(np.diff(np.log(jets)).min()) if len(jets) > 1 else 1.0
    return np.asarray(np.exp(step * _OFFSET * np.linspace(-1, 1, len(groups)))) if len(groups) > 1 else np.ones(1)


def _plot_errors(axes: Axes, group: list[LearningCurvePoint], rank: int, offset: float) -> None:
    values = np.array([1 - point.auc.value for point in group])
    bars = [total_uncertainty(point.auc, point.trainings) for point in group]
    _errorbar(axes, group, values, bars, rank, offset)


def _plot_differences(axes: Axes, group: list[LearningCurvePoint], rank: int, offset: float) -> None:
    known = [(point, point.difference) for point in group if point.difference is not None]
    if known:
        values = np.array([delta.auc for _, delta in known])
        bars = [float(np.hypot(delta.uncertainty, delta.training or 0)) for _, delta in known]
        _errorbar(axes, [point for point, _ in known], values, bars, rank, offset, labelled=False)


def _errorbar(
    axes: Axes,
    group: list[LearningCurvePoint],
    values: Floats64,
    bars: list[float],
    rank: int,
    offset: float,
    labelled: bool = True,
) -> None:
    axes.errorbar(
        np.array([point.jets for point in group]) * offset,
        values,
        yerr=bars,
        color=group[0].color,
        marker=_MARKERS[rank % len(_MARKERS)],
        linestyle=_STYLES[rank % len(_STYLES)],
        markersize=6,
        linewidth=1.4,
        elinewidth=1.4,
        label=legend_label(group[0].title) if labelled else None,
    )


def _set_symlog_scale(axes: Axes, groups: list[list[LearningCurvePoint]]) -> None:
    """Make the axis logarithmic beyond the differences at the largest size, where others would squeeze these."""
    known = [[abs(point.difference.auc) for point in group if point.difference is not None] for group in groups]
    last = max((differences[-1] for differences in known if differences), default=0.0)
    if last > 0 and max(map(max, filter(None, known))) > _MAX_LINEAR_RATIO * last:
        axes.set_yscale("symlog", linthresh=last, linscale=1.5)
        powers = 10.0 ** np.arange(np.ceil(np.log10(last)), 1)
        axes.yaxis.set_major_locator(FixedLocator([*-powers, 0, *powers]))
        axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}".replace("-", "\N{MINUS SIGN}")))
        axes.yaxis.set_minor_locator(NullLocator())


def _set_axes(upper: Axes, lower: Axes, jets: list[int]) -> None:
    upper.set(xscale="log", yscale="log", ylabel=r"1 $-$ AUC (lower is better)")
    set_log_ticks(upper)
    upper.tick_params(labelbottom=False)
    low, high = lower.get_ylim()
    lower.set(xlabel="Number of training jets", ylim=(low - 0.1 * (high - low), high))
    lower.xaxis.set_major_locator(FixedLocator(jets))
    lower.xaxis.set_minor_locator(NullLocator())
    lower.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))
    for axes in (upper, lower):
        axes.grid(axis="x", color="0.85")


def set_log_ticks(axes: Axes) -> None:
    """Set several ticks on a logarithmic vertical axis, however narrow."""
    low, high = axes.get_ylim()
    narrow = high < 6 * low
    axes.yaxis.set_major_locator(MaxNLocator(7, steps=[1, 2, 5, 10]) if narrow else LogLocator(subs=(1, 2, 5)))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axes.yaxis.set_minor_locator(NullLocator())


def _caption(comparison: Comparison) -> str:
    several = max(point.trainings for point in comparison.sizes) > 1
    trainings = " and the mean over trainings" if several else ", one training each"
    bars = f"Bars: 68 % interval from the test sample{trainings}"
    return f"{bars}; below, of paired differences. Points are offset horizontally for visibility"


def size_numbers(comparison: Comparison) -> pd.DataFrame:
    """Return the AUC of each tagger at each number of training jets, and its difference to the best tagger."""
    rows = []
    for point in comparison.sizes:
        row = {"tagger": point.title, "training_jets": point.jets, "trainings": point.trainings}
        row |= {f"auc_{name}": value for name, value in point.auc.model_dump().items()}
        if point.difference is not None:
            names = ("auc", "uncertainty", "training", "significance")
            row |= {f"difference_{name}": getattr(point.difference, name) for name in names}
        rows.append(row)
    return pd.DataFrame(rows)


FIGURE = ReportFigure(
    section="sizes",
    applies=lambda results: bool(results.comparison.sizes),
    draw=lambda results: plot_sizes(results.comparison),
    alt=lambda results: (
        f"One minus the AUC of {results.titles} versus the number of training jets, with the difference in AUC to "
        f"{results.best} below."
    ),
    numbers=lambda results: size_numbers(results.comparison),
    caption=lambda results: (
        "Upper panel: one minus the AUC (lower is better), on logarithmic axes. The fluctuation of the test jets is "
        f"common to all points. Lower panel: difference in AUC to {results.best} for the same number of training jets; "
        "common fluctuations of the test jets cancel. Where differences are much larger for few jets than for many, "
        "the axis is linear around zero only and logarithmic beyond."
    ),
)
