"""The areas under the ROC curves, one line a tagger."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from tagwerk.arrays import Floats64
from tagwerk.evaluation.comparison import Comparison
from tagwerk.plots.style import label, test_jets

_WIDE = 4.0  # between the largest and the smallest 1 - AUC, from where on the axis is logarithmic in it
_TICKS = np.array([0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.97, 0.98, 0.985, 0.99, 0.993, 0.995, 0.998, 0.999])


def auc(comparison: Comparison) -> Figure:
    """Return each tagger's AUC with its uncertainty from the test sample; open points are its single trainings."""
    figure = Figure(figsize=(8.5, 2.4 + 0.6 * len(comparison.taggers)))
    axes = figure.add_subplot()
    taggers = sorted(comparison.taggers, key=lambda each: each.auc.value)
    for height, tagger in enumerate(taggers):
        axes.errorbar(tagger.auc.value, height, xerr=tagger.auc.uncertainty, fmt="o", color=tagger.color, capsize=4)
        if len(tagger.trainings) > 1:
            single = [training.auc for training in tagger.trainings]
            axes.plot(single, [height - 0.25] * len(single), "o", color=tagger.color, mfc="none", ms=5)
    axes.set(xlabel="AUC", ylim=(-0.6, len(taggers) - 0.4))
    if 1 - taggers[0].auc.value > _WIDE * (1 - taggers[-1].auc.value) > 0:
        _stretch(axes, [each.auc.value + sign * each.auc.uncertainty for each in taggers for sign in (-1, 1)])
    axes.set_yticks(range(len(taggers)), [tagger.title for tagger in taggers])
    axes.tick_params(axis="y", which="both", length=0)
    axes.minorticks_off()
    axes.grid(axis="x")
    label(figure, axes, f"{comparison.dataset}, {test_jets(comparison)}", _meaning(comparison))
    return figure


def _stretch(axes: Axes, ends: list[float]) -> None:
    """Show 1 - AUC logarithmically, so that one tagger far behind does not press all others together.

    Args:
        axes: with all points.
        ends: of all bars.
    """
    low, high = _stretched(np.array([min(ends), max(ends)]))
    margin = 0.04 * (high - low)
    axes.set_xscale("function", functions=(_stretched, lambda x: 1 - np.exp(-x)))
    low, high = 1 - np.exp(margin - low), 1 - np.exp(-margin - high)
    axes.set_xlim(low, high)
    ticks = _TICKS[(low < _TICKS) & (high > _TICKS)]
    axes.set_xticks(ticks, [f"{tick:g}" for tick in ticks])


def _stretched(areas: Floats64) -> Floats64:
    return np.asarray(-np.log(np.maximum(1 - areas, 1e-9)))


def _meaning(comparison: Comparison) -> str:
    bars = "Bars: 68 % of the finite test sample"
    return (
        f"{bars}; open points: single trainings"
        if max(len(each.trainings) for each in comparison.taggers) > 1
        else bars
    )
