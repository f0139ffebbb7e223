"""What each tagger rejects, against what it costs."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

from tagwerk.evaluation.comparison import Comparison
from tagwerk.evaluation.cost import CostPoint, cost_points, known_rejection, pareto_optimal, untimed
from tagwerk.plots.figures.training_sizes import total_uncertainty
from tagwerk.plots.report_figure import ReportFigure
from tagwerk.plots.style import experiment_label, legend_label, sample_text
from tagwerk.rounding import listing, plain

_MARKERS = ("o", "s", "^", "D", "v", "P", "X", "<", ">", "h")
_LONG_TITLE = 28  # characters; beyond, two legend entries do not fit next to each other
_WIDE = 50  # ratio of two costs; beyond, powers of ten are labels enough
_FEW = 8  # taggers; beyond, the legend is smaller


class _Panel(NamedTuple):
    """The axes of one panel: cost and benefit of a tagger, and the ends of the benefit's interval, None for a bound."""

    cost: Callable[[CostPoint], float]
    value: Callable[[CostPoint], float]
    ends: Callable[[CostPoint], tuple[float, float | None]]


def plot_cost(comparison: Comparison) -> Figure:
    """Return rejection, at the middle working point, and AUC versus the time per jet scored and the cost of training.

    The latter is left out where no tagger was trained here. Lines are the Pareto fronts, the highest value that at most
    this cost gives; taggers on the front of a panel have black edges there. Bars are 68 % intervals; an arrow stands
    for a lower bound. The legend has the number of parameters.
    """
    points = cost_points(comparison)
    trained = [point for point in points if point.tagger.training_cost]
    columns = 1 if max(len(point.tagger.title) for point in points) > _LONG_TITLE else 2
    markers = {point.tagger.name: _MARKERS[rank % len(_MARKERS)] for rank, point in enumerate(points)}
    costs: list[tuple[str, Callable[[CostPoint], float], list[CostPoint]]] = [
        ("Time per jet scored [µs]", lambda point: point.microseconds, points)
    ]
    if trained:
        costs.append(("Core time of a training [s]", lambda point: point.tagger.training_cost or 0.0, trained))
    figure = Figure(figsize=(11 if trained else 7, 10 + 0.3 * -(-len(points) // columns)))
    panels = figure.subplots(2, len(costs), sharex="col", sharey="row", squeeze=False)
    for column, (label, cost, shown) in enumerate(costs):
        rejection = _Panel(cost, lambda point: known_rejection(point.rejection), _ends)
        auc = _Panel(cost, lambda point: point.tagger.auc.value, _auc_ends)
        for axes, panel in zip(panels[:, column], (rejection, auc), strict=True):
            _plot_panel(axes, shown, panel, markers)
        panels[1, column].set_xlabel(label)
    efficiency = points[0].rejection.signal_efficiency
    panels[1, 0].set_ylabel("AUC")
    panels[0, 0].set_ylabel(rf"$1/\varepsilon_\mathrm{{B}}$ at $\varepsilon_\mathrm{{S}} = {efficiency:g}$")
    _set_rejection_axis(panels[0, 0], points)
    handles = [_marker(point, markers[point.tagger.name]) for point in points]
    size = "x-small" if len(points) <= _FEW else "xx-small"
    figure.legend(handles=handles, loc="outside lower center", ncols=columns, fontsize=size)
    experiment_label(figure, panels[0, 0], f"{comparison.dataset}, {sample_text(comparison)}", _caption(comparison))
    return figure


def _ends(point: CostPoint) -> tuple[float, float | None]:
    return point.rejection.low, point.rejection.high


def _auc_ends(point: CostPoint) -> tuple[float, float | None]:
    auc = point.tagger.auc
    half = total_uncertainty(auc, len(point.tagger.trainings))
    return auc.value - half, auc.value + half


def _plot_panel(axes: Axes, points: Sequence[CostPoint], panel: _Panel, markers: dict[str, str]) -> None:
    costs = np.array([panel.cost(point) for point in points])
    values = np.array([panel.value(point) for point in points])
    optimal = pareto_optimal(costs, values)
    for point, edge in zip(points, optimal, strict=True):
        _plot_point(axes, point, panel, markers[point.tagger.name], "black" if edge else point.tagger.color)
    order = np.lexsort((-values, costs))
    front = order[optimal[order]]
    axes.step(costs[front], values[front], where="post", color="0.5", linewidth=1.2, zorder=0)
    axes.set_xscale("log")
    span = costs.max() / costs.min()
    margin = max(span**0.12, 1.5)  # also where all costs are the same
    axes.set_xlim(costs.min() / margin, costs.max() * margin)
    _label_ticks(axes.xaxis, (1, 2, 5) if span < _WIDE else (1,))
    axes.grid(color="0.9", zorder=-1)


def _plot_point(axes: Axes, point: CostPoint, panel: _Panel, marker: str, edge: str) -> None:
    value, (low, high) = panel.value(point), panel.ends(point)
    axes.errorbar(
        panel.cost(point),
        value,
        yerr=[[max(value - low, 0)], [0.25 * value if high is None else high - value]],
        lolims=high is None,
        fmt=marker,
        color=point.tagger.color,
        markersize=9,
        markeredgecolor=edge,
        capsize=3,
        label=legend_label(_label(point)),
    )


def _marker(point: CostPoint, marker: str) -> Line2D:
    """Return the entry of the legend; the edges of a marker differ between panels."""
    return Line2D(
        [], [], linestyle="none", marker=marker, markersize=9, color=point.tagger.color,
        label=legend_label(_label(point)),
    )  # fmt: skip


def _label(point: CostPoint) -> str:
    parameters = point.tagger.parameters
    return point.tagger.title if parameters is None else f"{point.tagger.title}, {parameters:,} parameters"


def _set_rejection_axis(axes: Axes, points: Sequence[CostPoint]) -> None:
    """Make the axis logarithmic where the rejections span more than a factor of three."""
    values = [known_rejection(point.rejection) for point in points]
    if max(values) > 3 * min(values):
        axes.set_yscale("log")
        _label_ticks(axes.yaxis, (1, 2, 5))
    else:
        axes.yaxis.set_major_formatter(FuncFormatter(_tick))


def _tick(value: float, _: int | None) -> str:
    return f"{value:,.12g}"


def _label_ticks(axis: Axis, digits: Sequence[int]) -> None:
    """Label a logarithmic axis at these multiples of the powers of ten, without exponents."""
    axis.set_major_locator(LogLocator(subs=digits))
    axis.set_major_formatter(FuncFormatter(_tick))
    axis.set_minor_formatter(NullFormatter())


def _caption(comparison: Comparison) -> str:
    missing = untimed(comparison)
    bars = "Bars: 68 % interval from the test sample, of the AUC also from the trainings"
    bars += "; lines and black edges: Pareto front"
    return f"{bars}; without a time: {listing(missing)}" if missing else bars


def cost_numbers(comparison: Comparison) -> pd.DataFrame:
    """Return one row per tagger whose time per jet is known."""
    return pd.DataFrame(
        {
            "tagger": point.tagger.title,
            "microseconds_per_jet": point.microseconds,
            "training_seconds": point.tagger.training_seconds,
            "training_core_seconds": point.tagger.training_cost,
            "parameters": point.tagger.parameters,
            "threads": point.tagger.threads,
            "signal_efficiency": point.rejection.signal_efficiency,
            "rejection": point.rejection.value,
            "low": point.rejection.low,
            "high": point.rejection.high,
            "pareto_optimal": point.optimal,
            "auc": point.tagger.auc.value,
            "auc_uncertainty": point.tagger.auc.uncertainty,
            "auc_pareto_optimal": point.auc_optimal,
        }
        for point in cost_points(comparison)
    )


def _any_trained_here(comparison: Comparison) -> bool:
    return any(point.tagger.training_cost for point in cost_points(comparison))


def _alt(comparison: Comparison) -> str:
    points = [f"{each.tagger.title} {plain(each.microseconds, 2)} µs" for each in cost_points(comparison)]
    training = " and core time of a training" if _any_trained_here(comparison) else ""
    return f"Background rejection and AUC versus time per jet scored{training}: {listing(points)}."


def _report_caption(comparison: Comparison) -> str:
    time, core = "the time to score one jet", ""
    if _any_trained_here(comparison):
        time, core = (
            f"{time} and of the core time of one training",
            "; core time is time multiplied by the number of threads",
        )
    return (
        f"Background rejection at the middle working point and AUC as functions of {time}; better taggers are towards "
        "the upper left. The line is the Pareto front, the highest value for at most this cost; markers with black "
        "edges are on it. Bars show 68 % intervals from the finite test sample, for the AUC also from the trainings; a "
        f"tagger just off the front may be on it with other test jets. Times are those of this run{core}."
    )


FIGURE = ReportFigure(
    section="cost",
    applies=lambda results: bool(cost_points(results.comparison)),
    draw=lambda results: plot_cost(results.comparison),
    numbers=lambda results: cost_numbers(results.comparison),
    alt=lambda results: _alt(results.comparison),
    caption=lambda results: _report_caption(results.comparison),
    panels=lambda results: 2 if _any_trained_here(results.comparison) else 1,
)
