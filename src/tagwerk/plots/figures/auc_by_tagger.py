"""The areas under the ROC curves, one row per tagger."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from tagwerk.arrays import Floats64
from tagwerk.evaluation.comparison import Comparison
from tagwerk.plots.report_figure import ReportFigure
from tagwerk.plots.style import experiment_label, sample_text

_MAX_LINEAR_RATIO = 4.0  # of the largest to the smallest 1 - AUC; beyond, the axis is logarithmic in 1 - AUC
_TICKS = np.array([0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.97, 0.98, 0.985, 0.99, 0.993, 0.995, 0.998, 0.999])


def plot_auc(comparison: Comparison) -> Figure:
    """Return each tagger's AUC with its uncertainty from the test sample; open points are its single trainings."""
    figure = Figure(figsize=(8.5, 2.4 + 0.6 * len(comparison.taggers)))
    axes = figure.add_subplot()
    taggers = sorted(comparison.taggers, key=lambda tagger: tagger.auc.value)
    for height, tagger in enumerate(taggers):
        axes.errorbar(tagger.auc.value, height, xerr=tagger.auc.uncertainty, fmt="o", color=tagger.color, capsize=4)
        if len(tagger.trainings) > 1:
            single = [training.auc for training in tagger.trainings]
            axes.plot(single, [height - 0.25] * len(single), "o", color=tagger.color, mfc="none", ms=5)
    axes.set(xlabel="AUC", ylim=(-0.6, len(taggers) - 0.4))
    if 1 - taggers[0].auc.value > _MAX_LINEAR_RATIO * (1 - taggers[-1].auc.value) > 0:
        ends = [tagger.auc.value + sign * tagger.auc.uncertainty for tagger in taggers for sign in (-1, 1)]
        _set_log_scale(axes, ends)
    axes.set_yticks(range(len(taggers)), [tagger.title for tagger in taggers])
    axes.tick_params(axis="y", which="both", length=0)
    axes.minorticks_off()
    axes.grid(axis="x")
    experiment_label(figure, axes, f"{comparison.dataset}, {sample_text(comparison)}", _caption(comparison))
    return figure


def _set_log_scale(axes: Axes, ends: list[float]) -> None:
    """Make the axis logarithmic in 1 - AUC, so that one tagger far behind does not squeeze the others.

    Args:
        axes: with all points.
        ends: of all bars.
    """
    low, high = _minus_log(np.array([min(ends), max(ends)]))
    margin = 0.04 * (high - low)
    axes.set_xscale("function", functions=(_minus_log, lambda x: 1 - np.exp(-x)))
    low, high = 1 - np.exp(margin - low), 1 - np.exp(-margin - high)
    axes.set_xlim(low, high)
    ticks = _TICKS[(low < _TICKS) & (high > _TICKS)]
    axes.set_xticks(ticks, [f"{tick:g}" for tick in ticks])


def _minus_log(auc: Floats64) -> Floats64:
    return np.asarray(-np.log(np.maximum(1 - auc, 1e-9)))


def _caption(comparison: Comparison) -> str:
    bars = "Bars: 68 % interval from the test sample"
    several = max(len(tagger.trainings) for tagger in comparison.taggers) > 1
    return f"{bars}; open points: single trainings" if several else bars


def auc_numbers(comparison: Comparison) -> pd.DataFrame:
    """Return the AUC of each tagger with its uncertainty and spread, and of each training."""
    rows = []
    for tagger in comparison.taggers:
        rows.append({"tagger": tagger.title, "seed": "mean"} | tagger.auc.model_dump())
        rows += [{"tagger": tagger.title, "seed": each.seed, "value": each.auc} for each in tagger.trainings]
    return pd.DataFrame(rows)


FIGURE = ReportFigure(
    section="results",
    place=2,
    draw=lambda results: plot_auc(results.comparison),
    alt=lambda _: "Areas under the ROC curves with their uncertainties.",
    numbers=lambda results: auc_numbers(results.comparison),
    caption=lambda _: (
        "Area under the ROC curve. Bars show the statistical uncertainty of the test sample, which all taggers share: "
        "a difference can be significant even where two bars overlap, as the table of paired differences shows."
    ),
)
