"""What reweighting does to the two variables that it makes the classes alike in."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from tagwerk.arrays import Floats
from tagwerk.cards.dataset import Dataset, JetClass
from tagwerk.plots.jet_variables import AXES
from tagwerk.plots.rebin import joined
from tagwerk.plots.style import entry, label
from tagwerk.summaries.reweighted import Closure
from tagwerk.summaries.summary import Summary

_STEEP = 30  # between the highest and the lowest bin, from where on the axis is logarithmic
_RATIO = (0.4, 1.6)


def closure(summary: Summary, card: Dataset) -> Figure:
    """Return both variables of each class before and after, over their ratio to the reference, a pair of rows a class.

    The grey lines under the ratio are the edges of the bins that the factors are made in.
    """
    found = summary.reweighting
    assert found is not None
    reference, *others = sorted(card.classes, key=lambda each: each.name != found.card.reference)
    figure = Figure(figsize=(14, 6.2 * len(others) + 1.2))
    grid = figure.add_gridspec(2 * len(others), 2, height_ratios=[2.4, 1] * len(others))
    for row, each in enumerate(others):
        for column, name in enumerate(found.card.variables):
            upper = figure.add_subplot(grid[2 * row, column])
            lower = figure.add_subplot(grid[2 * row + 1, column], sharex=upper)
            shown = joined(found.closure[name], reference.name)
            _spectra(upper, shown, reference, each)
            _ratios(lower, shown, reference, each)
            lower.set_xlabel(AXES.get(name, name))
            lower.vlines(found.edges[column], *_RATIO, color="0.88", linewidth=1, zorder=0)
    handles = [axes.get_legend_handles_labels() for axes in figure.axes]
    unique = {text: handle for pair in handles for handle, text in zip(*pair, strict=True)}
    figure.legend(unique.values(), unique.keys(), loc="outside lower center", ncols=3)
    _title(figure, summary, card)
    return figure


def _title(figure: Figure, summary: Summary, card: Dataset) -> None:
    for axes in figure.axes[:3:2]:
        axes.set_title(" ")  # both of the first row give way to the label
    jets = f"{card.title}, {sum(summary.counts['train'].values()):,} training jets"
    bars = "Bars and bands: finite number of jets, factors taken as exact; grey lines: bins of the factors"
    label(figure, figure.axes[0], jets, bars)


def _spectra(axes: Axes, shown: Closure, reference: JetClass, each: JetClass) -> None:
    edges, wanted = np.array(shown.edges), density(shown, "after", reference.name)
    axes.stairs(wanted, edges, color=reference.color, fill=True, alpha=0.25)
    axes.stairs(wanted, edges, color=reference.color, label=entry(f"{reference.label}, reference"), linewidth=2)
    before, after = (density(shown, which, each.name) for which in ("before", "after"))
    axes.stairs(before, edges, color=each.color, label=entry(f"{each.label}, before"), linestyle="--", linewidth=1.6)
    error = density(shown, "errors", each.name)
    middle = (edges[1:] + edges[:-1]) / 2
    axes.errorbar(
        middle,
        after,
        error,
        np.diff(edges) / 2,
        fmt="o",
        color=each.color,
        ms=3.5,
        lw=1.2,
        label=entry(f"{each.label}, after"),
    )
    axes.set(xlim=(edges[0], edges[-1]), ylabel=r"$1/N\ \mathrm{d}N/\mathrm{d}x$")
    axes.tick_params(labelbottom=False)
    heights = wanted[wanted > 0]
    if heights.size and heights.max() > _STEEP * heights.min():
        axes.set_yscale("log")
        axes.set_ylim(heights.min() / 5, heights.max() * 5)
    else:
        axes.set_ylim(0, 1.3 * max(wanted.max(), before.max()))


def _ratios(axes: Axes, shown: Closure, reference: JetClass, each: JetClass) -> None:
    """Draw class over reference; what lies beyond the axis is a triangle at its end."""
    edges, wanted = np.array(shown.edges), density(shown, "after", reference.name)
    columns = [("before", each), ("after", each), ("errors", each), ("errors", reference)]
    before, after, error, band = (_over(density(shown, which, one.name), wanted) for which, one in columns)
    axes.stairs(1 + band, edges, baseline=1 - band, color=reference.color, fill=True, alpha=0.25)
    axes.axhline(1, color=reference.color, linewidth=1)
    axes.stairs(before, edges, baseline=None, color=each.color, linestyle="--", linewidth=1.6)
    axes.set(ylim=_RATIO, ylabel="Ratio")
    middle = (edges[1:] + edges[:-1]) / 2
    axes.errorbar(middle, after, error, np.diff(edges) / 2, fmt="o", color=each.color, ms=3.5, lw=1.2)
    low, high = _RATIO
    for beyond, height, marker in ((after > high, high, "^"), (after < low, low, "v")):
        if beyond.any():
            axes.plot(middle[beyond], np.full(beyond.sum(), height), marker, color=each.color, ms=8, clip_on=False)


def density(shown: Closure, which: str, name: str) -> Floats:
    """Return the sums of a class over all its weight and over the bins' widths, of the bins with two ends."""
    total = sum(shown.before[name])
    return np.asarray(np.array(getattr(shown, which)[name])[1:-1] / total / np.diff(shown.edges))


def _over(values: Floats, wanted: Floats) -> Floats:
    return np.divide(values, wanted, out=np.full_like(values, np.nan), where=wanted > 0)
