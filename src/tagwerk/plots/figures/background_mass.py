"""The background's jet mass behind the cuts of each tagger."""

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from tagwerk.arrays import Floats64
from tagwerk.evaluation.comparison import Comparison
from tagwerk.evaluation.mass_sculpting import MassSculpting, SculptingPoint
from tagwerk.plots.drawn_taggers import MARKERS, drawn_note, drawn_taggers, offsets
from tagwerk.plots.report_figure import ReportFigure, Results
from tagwerk.plots.style import experiment_label, legend_label

_JETS_PER_BIN = 8  # that pass, at least, on average: neighbouring bins are merged for the drawing
_FEWEST_BINS = 4


def plot_masses(comparison: Comparison, sculpting: MassSculpting) -> Figure:
    """Return the background's normalised mass inclusively and behind the cuts, one column per working point.

    Below are the ratios of each to the inclusive distribution. Bins are merged where few jets pass; the points are
    offset horizontally.
    """
    targets = [each.signal_efficiency for each in comparison.taggers[0].rejections]
    figure = Figure(figsize=(max(5.4 * len(targets), 7.5), 8.2))
    rows = figure.subplots(2, len(targets), squeeze=False, sharex=True, height_ratios=[2, 1])
    taggers = drawn_taggers(comparison)
    for target, upper, lower in zip(targets, *rows, strict=True):
        _plot_inclusive(upper, sculpting)
        points = {each.tagger: each for each in sculpting.points if each.working_point == target}
        starts = _merged(len(sculpting.inclusive), max(points[tagger.name].jets for tagger in taggers))
        for rank, tagger in enumerate(taggers):
            style = {"color": tagger.color, "marker": MARKERS[rank], "label": legend_label(tagger.title)}
            _plot(upper, lower, sculpting, points[tagger.name], starts, offsets(len(taggers), 0.3)[rank], style)
        lower.axhline(1, color="0.5", linestyle="--", linewidth=1.2, zorder=0)
        upper.set_ylim(0, upper.get_ylim()[1] * 1.12)
        cut = rf"$\varepsilon_\mathrm{{S}} = {target:g}$"
        upper.text(0.97, 0.95, cut, transform=upper.transAxes, ha="right", va="top")
        lower.set(xlabel="Jet mass [GeV]", xlim=(sculpting.edges[0], sculpting.edges[-1]))
        lower.set_ylim(0, lower.get_ylim()[1])
    rows[0, 0].set_ylabel("Fraction of background / GeV")
    rows[1, 0].set_ylabel("Ratio to all")
    figure.legend(*rows[0, -1].get_legend_handles_labels(), loc="outside lower center", ncols=3)
    note = drawn_note(comparison, "Bars: statistical uncertainty of the background jets that pass")
    jets = f"{comparison.background_jets:,} background test jets"
    experiment_label(figure, rows[0, 0], f"{comparison.dataset}, {jets}", note)
    return figure


def mass_numbers(sculpting: MassSculpting, titles: dict[str, str]) -> pd.DataFrame:
    """Return all histograms: of all background jets, and of those that pass each cut, with their divergences."""
    places = {"low_edge": sculpting.edges[:-1], "high_edge": sculpting.edges[1:]}
    tables = [pd.DataFrame({"tagger": "all jets"} | places | {"fraction": sculpting.inclusive})]
    for each in sculpting.points:
        about = {"tagger": titles[each.tagger], "working_point": each.working_point}
        histogram = {"fraction": each.passing or np.nan, "uncertainty": each.errors or np.nan}
        numbers = each.model_dump(include={"jets", "divergence", "floor", "floor_high"})
        tables.append(pd.DataFrame(about | places | histogram | numbers))
    return pd.concat(tables)


def _plot_inclusive(axes: Axes, sculpting: MassSculpting) -> None:
    edges = np.array(sculpting.edges)
    axes.stairs(sculpting.inclusive / np.diff(edges), edges, fill=True, color="0.85", label="All background jets")


def _plot(
    upper: Axes,
    lower: Axes,
    sculpting: MassSculpting,
    point: SculptingPoint,
    starts: list[int],
    offset: float,
    style: dict[str, Any],
) -> None:
    """Draw the mass behind one cut, and its ratio to that of all jets, in bins that begin at `starts`."""
    if point.passing is None or point.errors is None:
        return
    edges = np.append(np.array(sculpting.edges)[starts], sculpting.edges[-1])
    passing, inclusive = (np.add.reduceat(np.array(each), starts) for each in (point.passing, sculpting.inclusive))
    errors = np.sqrt(np.add.reduceat(np.array(point.errors) ** 2, starts))
    widths = np.diff(edges)
    places = edges[:-1] + widths * (0.5 + offset)
    upper.stairs(passing / widths, edges, color=style["color"], linewidth=1.2)
    bars: dict[str, Any] = {"linestyle": "none", "ms": 5, "elinewidth": 1.2} | style
    upper.errorbar(places, passing / widths, yerr=errors / widths, **bars)
    ratio, error = (_ratio(each, inclusive) for each in (passing, errors))
    lower.errorbar(places, ratio, yerr=error, **bars)


def _merged(bins: int, jets: float) -> list[int]:
    """Return the first bin of each group: fewer and wider ones where few jets pass."""
    groups = int(np.clip(jets // _JETS_PER_BIN, _FEWEST_BINS, bins))
    step = -(-bins // groups)
    return list(range(0, bins, step))


def _ratio(values: Floats64, reference: Floats64) -> Floats64:
    return np.divide(values, reference, out=np.full_like(values, np.nan), where=reference > 0)


def _sculpting(results: Results) -> MassSculpting:
    assert results.comparison.mass_sculpting is not None
    return results.comparison.mass_sculpting


FIGURE = ReportFigure(
    section="mass",
    applies=lambda results: results.comparison.mass_sculpting is not None,
    draw=lambda results: plot_masses(results.comparison, _sculpting(results)),
    numbers=lambda results: mass_numbers(_sculpting(results), results.comparison.titles),
    panels=lambda results: len(results.comparison.taggers[0].rejections),
    alt=lambda results: f"Mass of the background jets that pass the cuts of {results.titles}, and of all of them.",
    caption=lambda _: (
        "Jet mass of the background that passes each working point, normalised to unity, compared with that of all "
        "background jets (filled); below, the ratio of the two. A tagger that does not sculpt the mass is flat at one. "
        "The outermost bins include all jets beyond; neighbouring bins are merged where few jets pass. "
        "Points are offset horizontally for visibility."
    ),
)
