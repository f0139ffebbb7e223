"""How much each tagger relies on each of its inputs."""

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from tagwerk.evaluation.comparison import Comparison
from tagwerk.evaluation.robustness_result import Change
from tagwerk.plots.figures.robustness import change_numbers, probed_taggers
from tagwerk.plots.report_figure import ReportFigure
from tagwerk.plots.style import experiment_label, wrap_text

_LINEAR = 0.001  # loss in AUC up to which the axis is linear
_TICKS = (0, 0.001, 0.01, 0.1, 0.5)
_COLUMNS, _ROW = 3, 0.36  # panels next to one another, and inches per input


def plot_importance(comparison: Comparison) -> Figure:
    """Return the loss in AUC when one input is exchanged between jets, one panel per tagger, the largest loss first."""
    taggers = probed_taggers(comparison)
    figure, panels, inputs = _grid([len(result.inputs) for _, result in taggers])
    for axes, most, (tagger, result) in zip(panels, inputs, taggers, strict=True):
        _draw(axes, result.inputs, tagger.color, most)
        axes.annotate(
            tagger.title,
            (1, 0),
            xytext=(-8, 12),
            xycoords="axes fraction",
            textcoords="offset points",
            ha="right",
            fontsize="small",
        )
    figure.supxlabel("Loss in AUC when this input is exchanged between jets", fontsize="small")
    experiment_label(figure, panels[0], comparison.dataset)
    return figure


def importance_numbers(comparison: Comparison) -> pd.DataFrame:
    """Return the loss of each tagger for each of its inputs."""
    return change_numbers(comparison, "inputs")


def _grid(inputs: list[int]) -> tuple[Figure, list[Axes], list[int]]:
    """Return a figure with panels in rows of three, and for each panel the largest number of inputs in its row."""
    columns = min(len(inputs), _COLUMNS)
    most = [max(inputs[start : start + columns]) for start in range(0, len(inputs), columns)]
    heights = [0.9 + _ROW * (count + 1) for count in most]
    figure = Figure(figsize=(max(5.6 * columns, 7.5), 1.4 + sum(heights)))
    grid = figure.add_gridspec(len(most), columns, height_ratios=heights)
    panels = [figure.add_subplot(grid[divmod(index, columns)]) for index in range(len(inputs))]
    return figure, panels, [most[index // columns] for index in range(len(inputs))]


def _draw(axes: Axes, changes: list[Change], color: str, rows: int) -> None:
    ordered = sorted(changes, key=lambda change: change.difference)
    heights = range(len(ordered))
    losses, bars = [-each.difference for each in ordered], [each.uncertainty for each in ordered]
    axes.barh(heights, losses, height=0.7, color=color, alpha=0.35)
    axes.errorbar(losses, heights, xerr=bars, fmt="o", color=color, markersize=5, capsize=3, linewidth=1.5)
    axes.set_xscale("symlog", linthresh=_LINEAR, linscale=0.5)
    axes.set(xlim=(-_LINEAR, 1), ylim=(rows + 0.5, -0.6))
    axes.set_xticks(_TICKS, [f"{tick:g}" for tick in _TICKS], fontsize="x-small")
    axes.set_yticks(heights, [wrap_text(each.full_title, 24) for each in ordered], fontsize="x-small")
    axes.minorticks_off()
    axes.tick_params(axis="y", which="both", length=0)
    axes.axvline(0, color="0.4", linewidth=1)


FIGURE = ReportFigure(
    section="importance",
    applies=lambda results: any(result.inputs for _, result in probed_taggers(results.comparison)),
    draw=lambda results: plot_importance(results.comparison),
    alt=lambda _: "Loss in AUC of each tagger when one of its inputs is exchanged between jets.",
    numbers=lambda results: importance_numbers(results.comparison),
    caption=lambda _: (
        "Loss in AUC when one input is exchanged at random between the test jets, all others staying as they are. "
        "Columns of constituents are exchanged between constituents of the same rank. The axis is linear below 0.001 "
        "and logarithmic above; bars are statistical uncertainties of the paired difference."
    ),
    panels=lambda results: len(probed_taggers(results.comparison)),
)
