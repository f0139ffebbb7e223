"""What each tagger keeps of its rejection when the jets are perturbed."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator

from tagwerk.evaluation.comparison import Comparison
from tagwerk.evaluation.robustness_result import Change, ChangedRejection, TaggerRobustness
from tagwerk.evaluation.tagger_results import TaggerResult
from tagwerk.plots.report_figure import ReportFigure
from tagwerk.plots.style import experiment_label

_COLUMNS = 4
_ROW = 0.3  # inches per tagger
_MARGIN = 1.15  # of the axis beyond the outermost bars
_WIDEST = (0.02, 50.0)  # ends of the axis at most: a bar that says less is cut


def plot_robustness(comparison: Comparison) -> Figure:
    """Return the ratio of each tagger's rejections with and without a perturbation, one panel per perturbation."""
    taggers = probed_taggers(comparison)
    panels = [change.title for change in taggers[0][1].perturbations]
    rows = -(-len(panels) // _COLUMNS)
    figure = Figure(figsize=(14, 2.2 + rows * (0.6 + _ROW * len(taggers))))
    axes = figure.subplots(rows, _COLUMNS, sharex=True, sharey=True, squeeze=False).flatten()
    for index, title in enumerate(panels):
        for height, (tagger, result) in enumerate(reversed(taggers)):
            _draw(axes[index], height, result.perturbations[index], result.middle, tagger.color)
        axes[index].axvline(1, color="0.4", linewidth=1, zorder=0)
        axes[index].text(0.03, 0.97, title, transform=axes[index].transAxes, fontsize="x-small", va="top")
    _set_axes(list(axes), taggers)
    for empty in axes[len(panels) :]:
        empty.set_visible(False)
    efficiency = taggers[0][1].nominal.rejections[taggers[0][1].middle].signal_efficiency
    figure.supxlabel(
        rf"Rejection of perturbed jets / rejection of the same jets, at $\epsilon_\mathrm{{S}}$ = {efficiency:g}",
        fontsize="small",
    )
    experiment_label(figure, axes[0], f"{comparison.dataset}, {_sample_text(taggers[0][1])}")
    return figure


def probed_taggers(comparison: Comparison) -> list[tuple[TaggerResult, TaggerRobustness]]:
    """Return the taggers that were probed with their results, the one of highest AUC first."""
    by_name: Mapping[str, TaggerRobustness] = {each.tagger: each for each in comparison.robustness}
    ranked = sorted(comparison.taggers, key=lambda tagger: -tagger.auc.value)
    return [(tagger, by_name[tagger.name]) for tagger in ranked if tagger.name in by_name]


def change_numbers(comparison: Comparison, kind: str) -> pd.DataFrame:
    """Return all changes of one kind, `perturbations`, `inputs` or `ranks`, one row per tagger and working point."""
    rows = []
    for tagger, result in probed_taggers(comparison):
        changes: list[Change] = getattr(result, kind)
        for change in changes:
            about = {"tagger": tagger.title, "change": change.full_title, "auc": change.auc}
            about |= {"auc_difference": change.difference, "auc_uncertainty": change.uncertainty}
            for before, after in zip(result.nominal.rejections, change.rejections, strict=True):
                ratio = {"ratio": after.ratio, "ratio_low": after.low, "ratio_high": after.high}
                values = {"rejection_before": before.value, "rejection": after.value} | ratio
                rows.append(about | {"signal_efficiency": after.signal_efficiency} | values)
    return pd.DataFrame(rows)


def _draw(axes: Axes, height: int, change: Change, point: int, color: str) -> None:
    """Draw a ratio with its interval; an arrow points to where it has no end."""
    rejection = change.rejections[point]
    if rejection.ratio is not None and rejection.ratio > 0:
        axes.plot([np.clip(rejection.ratio, *_WIDEST)], [height], "o", color=color, markersize=6)
    if change.unchanged:
        return
    low, high = (float(np.clip(each, *_WIDEST)) for each in _ends(rejection))
    axes.plot([low, high], [height, height], color=color, linewidth=1.6)
    for end, is_cut, marker in ((low, low == _WIDEST[0], "<"), (high, high == _WIDEST[1], ">")):
        axes.plot([end], [height], marker=marker if is_cut else "|", color=color, markersize=6)


def _ends(rejection: ChangedRejection) -> tuple[float, float]:
    return rejection.low, np.inf if rejection.high is None else rejection.high


def _set_axes(axes: list[Axes], taggers: list[tuple[TaggerResult, TaggerRobustness]]) -> None:
    rejections = [change.rejections[result.middle] for _, result in taggers for change in result.perturbations]
    ends = [end for each in rejections for end in _ends(each) if _WIDEST[0] <= end <= _WIDEST[1]]
    first = axes[0]
    first.set(xscale="log", ylim=(-0.7, len(taggers) + 0.3))
    first.set_xlim(min([*ends, 0.8]) / _MARGIN, max([*ends, 1.25]) * _MARGIN)
    first.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    first.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    first.xaxis.set_minor_locator(NullLocator())
    first.set_yticks(range(len(taggers)), [tagger.title for tagger, _ in reversed(taggers)])
    for each in axes:
        each.tick_params(axis="y", which="both", left=False, right=False, labelsize="x-small")
        each.tick_params(axis="x", which="both", top=False, labelsize="x-small")


def _sample_text(result: TaggerRobustness) -> str:
    return f"{result.signal_jets:,} signal and {result.background_jets:,} background test jets"


FIGURE = ReportFigure(
    section="robustness",
    applies=lambda results: bool(probed_taggers(results.comparison)),
    draw=lambda results: plot_robustness(results.comparison),
    alt=lambda _: "Ratio of the rejections with and without each perturbation of the jets, for each tagger.",
    numbers=lambda results: change_numbers(results.comparison, "perturbations"),
    caption=lambda _: (
        "Background rejection of perturbed test jets over that of the same jets as they are, at the middle working "
        "point. A ratio below one is a loss. Bars are central 68 % intervals from the finite test sample, which "
        "perturbed and unperturbed jets share; an arrow marks an interval without an end."
    ),
    panels=lambda _: 3,
)
