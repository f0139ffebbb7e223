"""The training histories of the taggers."""

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator, NullLocator

from tagwerk.evaluation.comparison import Comparison
from tagwerk.evaluation.tagger_results import TaggerResult
from tagwerk.plots.figures.training_sizes import set_log_ticks
from tagwerk.plots.report_figure import ReportFigure, Results
from tagwerk.plots.style import experiment_label, panel_grid

_STYLES: dict[str, dict[str, Any]] = {
    "Training": {"linewidth": 1.6},
    "Validation": {"linewidth": 1.6, "linestyle": "--"},
    "Lowest validation loss": {"linestyle": "none", "marker": "o", "markersize": 7},
}


def plot_histories(comparison: Comparison, tables: dict[str, list[pd.DataFrame]]) -> Figure:
    """Return training and validation loss versus epoch, one panel per tagger that has a table, one line per seed."""
    taggers = [tagger for tagger in comparison.taggers if tables.get(tagger.name)]
    figure, panels = panel_grid(len(taggers), 3, (5.2, 4.6))
    for axes, tagger in zip(panels, taggers, strict=True):
        for table in tables[tagger.name]:
            _plot_history(axes, tagger, table)
        axes.set(xlabel="Epoch" if tagger.engine == "keras" else "Boosting iteration")
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        axes.xaxis.set_minor_locator(NullLocator())
        axes.text(0.96, 0.96, tagger.title, transform=axes.transAxes, ha="right", va="top", fontsize="small")
    panels[0].set_ylabel("Loss")
    _share_ylim(panels)
    handles = [Line2D([], [], color="black", label=name, **style) for name, style in _STYLES.items()]
    figure.legend(handles=handles, loc="outside lower center", ncols=3)
    experiment_label(figure, panels[0], comparison.dataset)
    return figure


def _plot_history(axes: Axes, tagger: TaggerResult, table: pd.DataFrame) -> None:
    lowest = table.loc[[table["val_loss"].idxmin()]]
    columns = ((table, "loss"), (table, "val_loss"), (lowest, "val_loss"))
    for (rows, column), style in zip(columns, _STYLES.values(), strict=True):
        axes.plot(rows["epoch"], rows[column], color=tagger.color, **style)


def _share_ylim(panels: list[Axes]) -> None:
    """Give all panels the same logarithmic axis: the first losses of boosted trees are many times the last of any."""
    low, high = np.transpose([axes.dataLim.intervaly for axes in panels])
    margin = (high.max() / low.min()) ** 0.08
    for axes in panels:
        axes.set(yscale="log", ylim=(low.min() / margin, high.max() * margin**2))
        set_log_ticks(axes)


def history_numbers(results: Results) -> pd.DataFrame:
    """Return the losses of each epoch of each training."""
    tables = [
        table.assign(tagger=results.comparison.titles[name], training=index)
        for name, histories in results.histories.items()
        for index, table in enumerate(histories, 1)
    ]
    return pd.concat(tables).set_index(["tagger", "training"]).reset_index()


FIGURE = ReportFigure(
    section="training",
    applies=lambda results: any(results.histories.values()),
    draw=lambda results: plot_histories(results.comparison, results.histories),
    alt=lambda _: "Training and validation loss versus epoch.",
    numbers=history_numbers,
    caption=lambda _: (
        "Training and validation loss as a function of the epoch, or of the boosting iteration for boosted trees. "
        "Where the two diverge, further epochs would only overfit the training jets."
    ),
    panels=lambda results: len(results.comparison.taggers),
)
