"""What each tagger rejects, against what it costs."""

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

from tagwerk.evaluation.comparison import Comparison
from tagwerk.evaluation.cost import CostPoint, cost_points, known_rejection, pareto_optimal, untimed
from tagwerk.plots.report_figure import ReportFigure
from tagwerk.plots.style import experiment_label, legend_label, sample_text
from tagwerk.rounding import listing, plain

_MARKERS = ("o", "s", "^", "D", "v", "P", "X", "<", ">", "h")
_LONG_TITLE = 28  # characters; beyond, two legend entries do not fit next to each other
_FEW = 8  # taggers; beyond, the legend is smaller


def plot_cost(comparison: Comparison) -> Figure:
    """Return the rejection at the middle working point versus the time per jet scored and versus the training time.

    Lines are the Pareto fronts: the highest rejection that at most this time gives. Bars are 68 % intervals; an arrow
    stands for a lower bound. The legend has the number of parameters.
    """
    points = cost_points(comparison)
    columns = 1 if max(len(point.tagger.title) for point in points) > _LONG_TITLE else 2
    figure = Figure(figsize=(11, 6 + 0.3 * -(-len(points) // columns)))
    panels = figure.subplots(1, 2, sharey=True)
    markers = {point.tagger.name: _MARKERS[rank % len(_MARKERS)] for rank, point in enumerate(points)}
    _plot_panel(panels[0], points, lambda point: point.microseconds, markers)
    trained = [point for point in points if point.tagger.training_seconds]
    _plot_panel(panels[1], trained, lambda point: point.tagger.training_seconds or 0.0, markers)
    efficiency = points[0].rejection.signal_efficiency
    panels[0].set(xlabel="Time per jet scored [µs]")
    panels[0].set_ylabel(rf"$1/\varepsilon_\mathrm{{B}}$ at $\varepsilon_\mathrm{{S}} = {efficiency:g}$")
    panels[1].set(xlabel="Training time [s]")
    _set_rejection_axis(panels[0], points)
    handles, labels = panels[0].get_legend_handles_labels()
    size = "x-small" if len(points) <= _FEW else "xx-small"
    figure.legend(handles, labels, loc="outside lower center", ncols=columns, fontsize=size)
    experiment_label(figure, panels[0], f"{comparison.dataset}, {sample_text(comparison)}", _caption(comparison))
    return figure


def _plot_panel(
    axes: Axes, points: Sequence[CostPoint], cost: Callable[[CostPoint], float], markers: dict[str, str]
) -> None:
    for point in points:
        _plot_point(axes, point, cost(point), markers[point.tagger.name])
    costs = np.array([cost(point) for point in points])
    values = np.array([known_rejection(point.rejection) for point in points])
    order = np.lexsort((-values, costs))
    front = order[pareto_optimal(costs, values)[order]]
    axes.step(costs[front], values[front], where="post", color="0.5", linewidth=1.2, zorder=0)
    axes.set_xscale("log")
    axes.margins(x=0.12)
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,g}"))
    axes.grid(color="0.9", zorder=-1)


def _plot_point(axes: Axes, point: CostPoint, cost: float, marker: str) -> None:
    value, rejection = known_rejection(point.rejection), point.rejection
    bound = rejection.high is None
    axes.errorbar(
        cost,
        value,
        yerr=[[max(value - rejection.low, 0)], [0.25 * value if rejection.high is None else rejection.high - value]],
        lolims=bound,
        fmt=marker,
        color=point.tagger.color,
        markersize=9,
        markeredgecolor="black" if point.optimal else point.tagger.color,
        capsize=3,
        label=legend_label(_label(point)),
    )


def _label(point: CostPoint) -> str:
    parameters = point.tagger.parameters
    return point.tagger.title if parameters is None else f"{point.tagger.title}, {parameters:,} parameters"


def _set_rejection_axis(axes: Axes, points: Sequence[CostPoint]) -> None:
    """Make the axis logarithmic where the rejections span more than a factor of three."""
    values = [known_rejection(point.rejection) for point in points]
    if max(values) > 3 * min(values):
        axes.set_yscale("log")
        axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
        axes.yaxis.set_minor_formatter(NullFormatter())
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,g}"))


def _caption(comparison: Comparison) -> str:
    missing = untimed(comparison)
    bars = "Bars: 68 % interval from the test sample; lines: Pareto front (black edges: optimal in time per jet)"
    return f"{bars}; without a time: {listing(missing)}" if missing else bars


def cost_numbers(comparison: Comparison) -> pd.DataFrame:
    """Return one row per tagger whose time per jet is known."""
    return pd.DataFrame(
        {
            "tagger": point.tagger.title,
            "microseconds_per_jet": point.microseconds,
            "training_seconds": point.tagger.training_seconds,
            "parameters": point.tagger.parameters,
            "threads": point.tagger.threads,
            "signal_efficiency": point.rejection.signal_efficiency,
            "rejection": point.rejection.value,
            "low": point.rejection.low,
            "high": point.rejection.high,
            "pareto_optimal": point.optimal,
        }
        for point in cost_points(comparison)
    )


def _alt(comparison: Comparison) -> str:
    points = [f"{each.tagger.title} {plain(each.microseconds, 2)} µs" for each in cost_points(comparison)]
    return f"Background rejection versus the time per jet scored and versus the training time: {listing(points)}."


FIGURE = ReportFigure(
    section="cost",
    applies=lambda results: bool(cost_points(results.comparison)),
    draw=lambda results: plot_cost(results.comparison),
    numbers=lambda results: cost_numbers(results.comparison),
    alt=lambda results: _alt(results.comparison),
    caption=lambda _: (
        "Background rejection at the middle working point as a function of the time to score one jet and of the "
        "training time; better taggers are towards the upper left. The line is the Pareto front: the highest rejection "
        "for at most this time. Bars show 68 % intervals from the finite test sample; a tagger just off the front may "
        "be on it with other test jets. Times are those of this run, with the number of threads in the table."
    ),
    panels=lambda _: 2,
)
