"""The areas under the ROC curves, one line a tagger."""

from matplotlib.figure import Figure

from tagwerk.evaluation.result import Comparison
from tagwerk.plots.look import label, test_jets


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
    axes.set_yticks(range(len(taggers)), [tagger.title for tagger in taggers])
    axes.tick_params(axis="y", which="both", length=0)
    axes.minorticks_off()
    axes.grid(axis="x")
    label(figure, axes, f"{comparison.dataset}, {test_jets(comparison)}", _meaning(comparison))
    return figure


def _meaning(comparison: Comparison) -> str:
    bars = "Bars: 68 % of the finite test sample"
    return (
        f"{bars}; open points: single trainings"
        if max(len(each.trainings) for each in comparison.taggers) > 1
        else bars
    )
