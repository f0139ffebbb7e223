"""How far the taggers are from the best possible one, as a function of the number of training jets."""

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

from tagwerk.evaluation.comparison import Comparison
from tagwerk.evaluation.optimum import group_distances
from tagwerk.evaluation.optimum_results import LimitDistance, Optimum
from tagwerk.plots.report_figure import ReportFigure, Results
from tagwerk.plots.style import experiment_label, legend_label, sample_text
from tagwerk.rounding import measurement

_MARKERS = ("o", "s", "^", "D", "v", "P", "X", "<", ">", "h")
_STYLES = ("-", "--", "-.", ":")
_OFFSET = 0.04  # relative, between the points of two taggers, so that none hides another


def plot_distances(comparison: Comparison, optimum: Optimum) -> Figure:
    """Return the optimum's AUC minus each tagger's versus the number of training jets, on logarithmic axes.

    A distance below its own uncertainty is drawn as a bound, an arrow down from one standard deviation above it.
    """
    groups = group_distances(optimum)
    figure = Figure(figsize=(8.5, 7 + 0.3 * -(-len(groups) // 2)))
    axes = figure.add_subplot()
    for rank, group in enumerate(groups):
        _plot(axes, group, rank, 1 + _OFFSET * (rank - (len(groups) - 1) / 2))
    _set_axes(axes, sorted({each.jets for each in optimum.distances if each.jets is not None}))
    figure.legend(loc="outside lower center", ncols=2, fontsize="x-small")
    best = f"Best possible AUC: {measurement(optimum.auc.value, optimum.auc.uncertainty)} ({optimum.title})"
    experiment_label(figure, axes, f"{comparison.dataset}, {sample_text(comparison)}", best, _meaning(optimum))
    return figure


def _meaning(optimum: Optimum) -> str:
    """Return what bars and arrows are, if there are any."""
    trainings = " and trainings" if any(each.training is not None for each in optimum.distances) else ""
    arrows = "; arrows: below one s.d. of zero" if any(each.auc <= each.total for each in optimum.distances) else ""
    return f"Bars: 68 % interval of the paired difference, from test jets{trainings}{arrows}"


def _plot(axes: Axes, group: list[LimitDistance], rank: int, offset: float) -> None:
    jets = np.array([each.jets for each in group]) * offset
    value, error = (np.array([getattr(each, name) for each in group]) for name in ("auc", "total"))
    measured = value > error
    shown = np.where(measured, value, np.maximum(value, 0) + error)
    style: dict[str, Any] = {"color": group[0].color, "marker": _MARKERS[rank % len(_MARKERS)], "markersize": 6}
    line = _STYLES[rank % len(_STYLES)]
    axes.plot(jets, shown, linestyle=line, linewidth=1.4, **style, label=legend_label(group[0].title))
    axes.errorbar(jets[measured], value[measured], yerr=error[measured], fmt="none", ecolor=group[0].color)
    axes.errorbar(
        jets[~measured], shown[~measured], yerr=0.3 * shown[~measured], uplims=True, fmt="none", ecolor=group[0].color
    )


def _set_axes(axes: Axes, jets: list[int]) -> None:
    axes.set(xscale="log", yscale="log", xlabel="Number of training jets", ylabel=r"AUC$_\mathrm{limit}$ $-$ AUC")
    axes.xaxis.set_major_locator(FixedLocator(jets))
    axes.xaxis.set_minor_locator(NullLocator())
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}" if value >= 1 else f"{value:g}"))
    axes.grid(axis="x", color="0.85")


def distance_numbers(optimum: Optimum) -> pd.DataFrame:
    """Return one row per tagger and size."""
    columns = ["jets", "trainings", "auc", "uncertainty", "training"]
    rows = [
        {"tagger": each.title} | {name: getattr(each, name) for name in columns}
        for group in group_distances(optimum)
        for each in group
    ]
    names = {"jets": "training_jets", "auc": "distance_in_auc", "training": "uncertainty_from_trainings"}
    return pd.DataFrame(rows).rename(columns=names)


def _optimum(results: Results) -> Optimum:
    assert results.comparison.optimum is not None, "drawn only where there is one"
    return results.comparison.optimum


def _applies(results: Results) -> bool:
    optimum = results.comparison.optimum
    return optimum is not None and all(each.jets is not None for each in optimum.distances)


FIGURE = ReportFigure(
    section="optimum",
    applies=_applies,
    draw=lambda results: plot_distances(results.comparison, _optimum(results)),
    alt=lambda results: (
        f"Difference between the best possible AUC and that of {results.titles} versus the number of training jets."
    ),
    numbers=lambda results: distance_numbers(_optimum(results)),
    caption=lambda _: (
        "Best possible AUC minus the AUC of each tagger, on the same test jets, so that common fluctuations cancel; "
        "logarithmic axes, lower is better. An arrow is a bound: the distance is smaller than its uncertainty. Points "
        "are offset horizontally for visibility."
    ),
)
