"""The effect of reweighting on its two variables."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from tagwerk.arrays import Floats
from tagwerk.cards.dataset import Dataset, JetClass
from tagwerk.plots.figures.jet_variables import AXIS_LABELS
from tagwerk.plots.rebin import rebinned
from tagwerk.plots.report_figure import ReportFigure
from tagwerk.plots.style import experiment_label, legend_label
from tagwerk.summaries.reweighted import Closure
from tagwerk.summaries.summary import Summary

_MAX_LINEAR_RATIO = 30  # of the highest to the lowest bin; beyond, the axis is logarithmic
_RATIO_RANGE = (0.4, 1.6)


def plot_closure(summary: Summary, card: Dataset) -> Figure:
    """Return both variables before and after, above their ratio to the reference, in one pair of rows per class.

    The grey lines in the ratio are the bin edges of the factors.
    """
    factors = summary.reweighting
    assert factors is not None
    reference, *others = sorted(card.classes, key=lambda jet_class: jet_class.name != factors.card.reference)
    figure = Figure(figsize=(14, 6.2 * len(others) + 1.2))
    grid = figure.add_gridspec(2 * len(others), 2, height_ratios=[2.4, 1] * len(others))
    for row, jet_class in enumerate(others):
        for column, name in enumerate(factors.card.variables):
            upper = figure.add_subplot(grid[2 * row, column])
            lower = figure.add_subplot(grid[2 * row + 1, column], sharex=upper)
            histograms = rebinned(factors.closure[name], reference.name)
            _spectra(upper, histograms, reference, jet_class)
            _ratios(lower, histograms, reference, jet_class)
            lower.set_xlabel(AXIS_LABELS.get(name, name))
            lower.vlines(factors.edges[column], *_RATIO_RANGE, color="0.88", linewidth=1, zorder=0)
    handles = [axes.get_legend_handles_labels() for axes in figure.axes]
    unique = {text: handle for pair in handles for handle, text in zip(*pair, strict=True)}
    figure.legend(unique.values(), unique.keys(), loc="outside lower center", ncols=3)
    _add_label(figure, summary, card)
    return figure


def _add_label(figure: Figure, summary: Summary, card: Dataset) -> None:
    for axes in figure.axes[:3:2]:
        axes.set_title(" ")  # both panels of the first row make room for the label
    jets = f"{card.title}, {sum(summary.counts['train'].values()):,} training jets"
    bars = "Bars and bands: statistical uncertainty, factors taken as exact; grey lines: bin edges of the factors"
    experiment_label(figure, figure.axes[0], jets, bars)


def _spectra(axes: Axes, histograms: Closure, reference: JetClass, jet_class: JetClass) -> None:
    edges, target = np.array(histograms.edges), density(histograms, "after", reference.name)
    axes.stairs(target, edges, color=reference.color, fill=True, alpha=0.25)
    label = legend_label(f"{reference.label}, reference")
    axes.stairs(target, edges, color=reference.color, label=label, linewidth=2)
    before, after = (density(histograms, stage, jet_class.name) for stage in ("before", "after"))
    label = legend_label(f"{jet_class.label}, before")
    axes.stairs(before, edges, color=jet_class.color, label=label, linestyle="--", linewidth=1.6)
    error = density(histograms, "errors", jet_class.name)
    centres = (edges[1:] + edges[:-1]) / 2
    axes.errorbar(
        centres,
        after,
        error,
        np.diff(edges) / 2,
        fmt="o",
        color=jet_class.color,
        ms=3.5,
        lw=1.2,
        label=legend_label(f"{jet_class.label}, after"),
    )
    axes.set(xlim=(edges[0], edges[-1]), ylabel=r"$1/N\ \mathrm{d}N/\mathrm{d}x$")
    axes.tick_params(labelbottom=False)
    heights = target[target > 0]
    if heights.size and heights.max() > _MAX_LINEAR_RATIO * heights.min():
        axes.set_yscale("log")
        axes.set_ylim(heights.min() / 5, heights.max() * 5)
    else:
        axes.set_ylim(0, 1.3 * max(target.max(), before.max()))


def _ratios(axes: Axes, histograms: Closure, reference: JetClass, jet_class: JetClass) -> None:
    """Draw class over reference; points beyond the axis are triangles at its end."""
    edges, target = np.array(histograms.edges), density(histograms, "after", reference.name)
    columns = [("before", jet_class), ("after", jet_class), ("errors", jet_class), ("errors", reference)]
    before, after, error, band = (_ratio(density(histograms, stage, each.name), target) for stage, each in columns)
    axes.stairs(1 + band, edges, baseline=1 - band, color=reference.color, fill=True, alpha=0.25)
    axes.axhline(1, color=reference.color, linewidth=1)
    axes.stairs(before, edges, baseline=None, color=jet_class.color, linestyle="--", linewidth=1.6)
    axes.set(ylim=_RATIO_RANGE, ylabel="Ratio")
    centres = (edges[1:] + edges[:-1]) / 2
    axes.errorbar(centres, after, error, np.diff(edges) / 2, fmt="o", color=jet_class.color, ms=3.5, lw=1.2)
    low, high = _RATIO_RANGE
    for beyond, height, marker in ((after > high, high, "^"), (after < low, low, "v")):
        if beyond.any():
            heights = np.full(beyond.sum(), height)
            axes.plot(centres[beyond], heights, marker, color=jet_class.color, ms=8, clip_on=False)


def density(histograms: Closure, stage: str, name: str) -> Floats:
    """Return the sums of a class over its total weight and the bin widths, for the bins with two edges."""
    total = sum(histograms.before[name])
    return np.asarray(np.array(getattr(histograms, stage)[name])[1:-1] / total / np.diff(histograms.edges))


def _ratio(values: Floats, target: Floats) -> Floats:
    return np.divide(values, target, out=np.full_like(values, np.nan), where=target > 0)


def closure_numbers(summary: Summary) -> pd.DataFrame:
    """Return the sums of weights in each bin of both variables before and after reweighting, for each class."""
    assert summary.reweighting is not None
    tables = []
    for name, fine in summary.reweighting.closure.items():
        histograms = rebinned(fine, summary.reweighting.card.reference)
        for jet_class in histograms.before:
            columns = {"variable": name, "class": jet_class, "low": histograms.edges[:-1], "high": histograms.edges[1:]}
            stages = {stage: getattr(histograms, stage)[jet_class][1:-1] for stage in ("before", "after", "errors")}
            tables.append(pd.DataFrame(columns | stages))
    return pd.concat(tables)


FIGURE = ReportFigure(
    section="reweighting",
    applies=lambda results: results.summary is not None and results.summary.reweighting is not None,
    draw=lambda results: plot_closure(*results.dataset),
    alt=lambda results: (
        f"Distributions of {' and '.join(_variables(results.dataset[0]))} before and after reweighting, with the ratio "
        "to the reference."
    ),
    numbers=lambda results: closure_numbers(results.dataset[0]),
    caption=lambda _: (
        "Training jets before (dashed) and after (points) reweighting, compared with the reference (filled), each "
        "class normalised to unity. The lower panels show the ratio to the reference. Points may subdivide the bins "
        "in which the factors were derived (grey lines): where the ratio deviates from one, the bins are too wide "
        "for the spectrum, in particular the open-ended outermost ones, or contain too few jets. Triangles mark "
        "points beyond the axis range. Bars and band show the statistical uncertainty; the factors, derived from "
        "the same jets, are taken as exact."
    ),
    panels=lambda _: 2,
)


def _variables(summary: Summary) -> tuple[str, str]:
    assert summary.reweighting is not None
    return summary.reweighting.card.variables
