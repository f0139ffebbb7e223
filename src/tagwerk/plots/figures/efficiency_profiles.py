"""Signal efficiency and background rejection against variables of the jet."""

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from tagwerk.evaluation.comparison import Comparison
from tagwerk.evaluation.profiles import Profile, ProfileBins, Profiles
from tagwerk.evaluation.tagger_results import TaggerResult
from tagwerk.plots.drawn_taggers import (
    MARKERS,
    drawn_note,
    drawn_taggers,
    mark_line,
    middle_working_point,
    numbered,
    offsets,
)
from tagwerk.plots.figures.jet_variables import AXIS_LABELS
from tagwerk.plots.report_figure import ReportFigure, Results
from tagwerk.plots.style import experiment_label, legend_label, sample_text

_PANEL = (5.2, 4.0)  # inches
_SPREAD = 0.45  # of the distance from the centre of a bin to its nearer edge: largest offset of a tagger's points
_TAIL = 3.0  # of the distance from the edge of an outermost bin to its centre: what is shown of its tail


def plot_profiles(comparison: Comparison, profiles: Profiles, target: float) -> Figure:
    """Return signal efficiency above background rejection, one column per variable, at one of the working points."""
    taggers = drawn_taggers(comparison)
    columns = len(profiles.variables)
    figure = Figure(figsize=(max(columns * _PANEL[0], 7.5), 2 * _PANEL[1] + 1.2))
    rows = figure.subplots(2, columns, squeeze=False, sharex="col")
    for bins, upper, lower in zip(profiles.variables, *rows, strict=True):
        shown = {each.tagger: each for each in profiles.profiles if _is_shown(each, bins.name, target)}
        for rank, tagger in enumerate(taggers):
            _plot(upper, lower, bins, shown[tagger.name], tagger, offsets(len(taggers), _SPREAD)[rank], MARKERS[rank])
        mark_line(upper, target)
        upper.set_ylim(0, min(1.05, upper.get_ylim()[1]))
        lower.set(yscale="log", xlabel=_axis_label(bins), xlim=_limits(bins))
        lower.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))
        lower.yaxis.set_minor_formatter(FuncFormatter(_minor_label))
        lower.tick_params(axis="y", which="minor", labelsize="xx-small")
    _share_ylim(list(rows[1]))
    rows[0, 0].set_ylabel(r"Signal efficiency $\varepsilon_\mathrm{S}$")
    rows[1, 0].set_ylabel(r"Rejection $1/\varepsilon_\mathrm{B}$")
    figure.legend(*rows[0, 0].get_legend_handles_labels(), loc="outside lower center", ncols=min(columns, 3))
    cut = drawn_note(
        comparison, f"One threshold per tagger, for a signal efficiency of {target:g} in all bins together"
    )
    experiment_label(figure, rows[0, 0], f"{comparison.dataset}, {sample_text(comparison)}", cut)
    return figure


def profile_numbers(profiles: Profiles, titles: dict[str, str]) -> pd.DataFrame:
    """Return the efficiencies of all taggers in all bins of all variables at all working points."""
    bins = {each.name: each for each in profiles.variables}
    return pd.concat([_numbers(each, bins[each.variable], titles[each.tagger]) for each in profiles.profiles])


def _numbers(profile: Profile, bins: ProfileBins, title: str) -> pd.DataFrame:
    about = {"variable": bins.name, "working_point": profile.working_point, "tagger": title}
    places = {"low_edge": bins.edges[:-1], "high_edge": bins.edges[1:], "centre": bins.centres}
    jets = {"signal_jets": bins.signal_jets, "background_jets": bins.background_jets}
    return pd.DataFrame(about | places | jets | profile.model_dump(exclude={"tagger", "variable", "working_point"}))


def _is_shown(profile: Profile, variable: str, target: float) -> bool:
    return profile.variable == variable and profile.working_point == target


def _plot(
    upper: Axes, lower: Axes, bins: ProfileBins, profile: Profile, tagger: TaggerResult, offset: float, marker: str
) -> None:
    """Draw one tagger: points with bars at the bins' centres, and arrows where only a bound is known."""
    centres, edges = np.array(bins.centres), np.array(bins.edges)
    places = centres + offset * np.minimum(centres - edges[:-1], edges[1:] - centres)
    style: dict[str, Any] = {"color": tagger.color, "marker": marker, "ms": 6, "linestyle": "none", "elinewidth": 1.5}
    value, low, high = (numbered(each) for each in (profile.signal, profile.signal_low, profile.signal_high))
    upper.errorbar(places, value, yerr=[value - low, high - value], label=legend_label(tagger.title), **style)
    value, low, high = (
        numbered(each) for each in (profile.background, profile.background_low, profile.background_high)
    )
    measured = (value > 0) & (low > 0)
    inverse = 1 / value[measured]
    ends = [inverse - 1 / high[measured], 1 / low[measured] - inverse]
    lower.errorbar(places[measured], inverse, yerr=ends, **style)
    bound = ~measured & (high > 0)
    length = np.full(bound.sum(), 0.25) / high[bound]
    lower.errorbar(places[bound], 1 / high[bound], yerr=length, lolims=True, **(style | {"marker": "none"}))


def _limits(bins: ProfileBins) -> tuple[float, float]:
    """Return the range of the axis, without most of the tails of the outermost bins."""
    edges, centres = bins.edges, bins.centres
    low = max(edges[0], edges[1] - _TAIL * (edges[1] - centres[0]))
    return low, min(edges[-1], edges[-2] + _TAIL * (centres[-1] - edges[-2]))


def _axis_label(bins: ProfileBins) -> str:
    if bins.name in AXIS_LABELS:
        return AXIS_LABELS[bins.name]
    if bins.name.startswith("n_"):
        return f"Number of {bins.name.removeprefix('n_').replace('_', ' ')}"
    return f"{bins.name} [{bins.unit}]" if bins.unit else bins.name


def _minor_label(value: float, _: int) -> str:
    digit = f"{value:e}"[0]
    return f"{value:,.0f}" if digit in "25" and value >= 1 else ""


def _share_ylim(panels: list[Axes]) -> None:
    low, high = (choose(axes.get_ylim()[end] for axes in panels) for end, choose in ((0, min), (1, max)))
    for axes in panels:
        axes.set_ylim(max(low, 0.8), high)


def _draw(results: Results) -> Figure:
    assert results.comparison.profiles is not None
    return plot_profiles(results.comparison, results.comparison.profiles, _target(results))


def _target(results: Results) -> float:
    """Return the working point that is drawn: of all jets the middle one, of a category the first in the card."""
    if results.category is None:
        return middle_working_point(results.comparison)
    return results.comparison.taggers[0].rejections[0].signal_efficiency


def _all_numbers(results: Results) -> pd.DataFrame:
    assert results.comparison.profiles is not None
    return profile_numbers(results.comparison.profiles, results.comparison.titles)


def _variables(results: Results) -> list[ProfileBins]:
    return results.comparison.profiles.variables if results.comparison.profiles else []


FIGURE = ReportFigure(
    section="profiles",
    by_category=True,
    applies=lambda results: results.comparison.profiles is not None,
    draw=_draw,
    numbers=_all_numbers,
    panels=lambda results: len(_variables(results)),
    alt=lambda results: (
        "Signal efficiency and background rejection of the taggers against "
        f"{', '.join(each.name for each in _variables(results))}."
    ),
    caption=lambda results: (
        "Signal efficiency (upper row; dashed: in all bins) and background rejection (lower row) in bins with equal "
        "shares of the test jets, for the threshold of a signal efficiency of "
        f"{_target(results):g}. Points are at the median of each bin, offset horizontally for "
        "visibility; bars show 68 % intervals from the test sample for a given threshold, arrows lower bounds where "
        "less than one effective background jet passes."
    ),
)
