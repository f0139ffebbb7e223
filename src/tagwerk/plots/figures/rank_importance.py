"""How much each tagger relies on the constituents of each rank."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from tagwerk.evaluation.comparison import Comparison
from tagwerk.evaluation.robustness_result import TaggerRobustness
from tagwerk.evaluation.tagger_results import TaggerResult
from tagwerk.plots.figures.robustness import change_numbers, probed_taggers
from tagwerk.plots.report_figure import ReportFigure
from tagwerk.plots.style import experiment_label, legend_label

_SPREAD = 0.6  # of the step between ranks, over which the taggers' points are spread so that none hides another
_MARKERS = ("o", "s", "^", "D", "v", "P", "X", "<", ">", "h")


def plot_rank_importance(comparison: Comparison) -> Figure:
    """Return the loss in AUC when the constituents of some ranks are exchanged, one panel per sequence."""
    taggers = _with_ranks(comparison)
    sequences = list(dict.fromkeys(each.sequence for _, result in taggers for each in result.ranks))
    columns = 2 if len(taggers) > 1 else 1
    figure = Figure(figsize=(8.5, 0.8 + 5.5 * len(sequences) + 0.3 * -(-len(taggers) // columns)))
    panels = figure.subplots(len(sequences), 1, squeeze=False)[:, 0]
    for axes, sequence in zip(panels, sequences, strict=True):
        _draw(axes, sequence, [pair for pair in taggers if any(each.sequence == sequence for each in pair[1].ranks)])
    handles = {
        label: handle for axes in panels for handle, label in zip(*axes.get_legend_handles_labels(), strict=True)
    }
    figure.legend(handles.values(), handles.keys(), loc="outside lower center", ncols=columns, fontsize="small")
    experiment_label(figure, panels[0], comparison.dataset)
    return figure


def _with_ranks(comparison: Comparison) -> list[tuple[TaggerResult, TaggerRobustness]]:
    return [(tagger, result) for tagger, result in probed_taggers(comparison) if result.ranks]


def _draw(axes: Axes, sequence: str | None, taggers: list[tuple[TaggerResult, TaggerRobustness]]) -> None:
    offsets = _SPREAD * (np.arange(len(taggers)) - (len(taggers) - 1) / 2) / max(len(taggers), 2)
    for index, ((tagger, result), offset) in enumerate(zip(taggers, offsets, strict=True)):
        changes = [each for each in result.ranks if each.sequence == sequence]
        axes.errorbar(
            np.arange(len(changes)) + offset,
            [-each.difference for each in changes],
            [each.uncertainty for each in changes],
            fmt=_MARKERS[index % len(_MARKERS)],
            color=tagger.color,
            label=legend_label(tagger.title),
            markersize=6,
            linewidth=1.5,
        )
        axes.set_xticks(range(len(changes)), [each.title for each in changes], fontsize="small")
    axes.set(xlabel=f"Rank in pT among the {sequence}", ylabel="Loss in AUC", xlim=(-0.6, len(axes.get_xticks()) - 0.4))
    axes.tick_params(axis="x", which="both", length=0)
    axes.axhline(0, color="0.4", linewidth=1)


FIGURE = ReportFigure(
    section="importance",
    place=2,
    applies=lambda results: bool(_with_ranks(results.comparison)),
    draw=lambda results: plot_rank_importance(results.comparison),
    alt=lambda _: "Loss in AUC of each tagger when the constituents of some ranks are exchanged between jets.",
    numbers=lambda results: change_numbers(results.comparison, "ranks"),
    caption=lambda _: (
        "Loss in AUC when the constituents of some ranks are exchanged at random between the jets that have them, with "
        "their share of the jet's pT, their direction relative to its axis and all other columns. Ranges of ranks hold "
        "different numbers of constituents."
    ),
)
