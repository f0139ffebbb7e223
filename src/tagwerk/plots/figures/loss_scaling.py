"""The loss of the taggers as a function of the number of training jets, with the fitted power laws."""

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

from tagwerk.evaluation.comparison import Comparison
from tagwerk.evaluation.scaling_results import ScalingFit
from tagwerk.plots.figures.training_sizes import set_log_ticks
from tagwerk.plots.report_figure import ReportFigure
from tagwerk.plots.style import experiment_label, legend_label, sample_text

_MARKERS = ("o", "s", "^", "D", "v", "P", "X", "<", ">", "h")
_BEYOND = 10  # times the largest size, to which the curves are drawn


def plot_scaling(comparison: Comparison) -> Figure:
    """Return the loss on the test jets versus the number of training jets, with the law of each tagger."""
    fits = sorted(comparison.scaling, key=lambda fit: fit.points[-1].loss)
    figure = Figure(figsize=(8.5, 6.5 + 0.3 * -(-len(fits) // 2)))
    axes = figure.add_subplot()
    jets = [point.jets for point in fits[0].points]
    extrapolated = any(_is_extrapolated(fit) for fit in fits)
    inside, beyond = np.geomspace(jets[0], jets[-1]), np.geomspace(jets[-1], _BEYOND * jets[-1])
    for rank, fit in enumerate(fits):
        bars = [float(np.hypot(point.uncertainty, point.training or 0)) for point in fit.points]
        axes.errorbar(
            jets,
            [point.loss for point in fit.points],
            yerr=bars,
            color=fit.color,
            marker=_MARKERS[rank % len(_MARKERS)],
            linestyle="none",
            markersize=6,
            elinewidth=1.4,
            label=legend_label(_label(fit)),
        )
        axes.plot(inside, [fit.loss(each) for each in inside], color=fit.color, linewidth=1.4)
        if _is_extrapolated(fit):
            axes.plot(beyond, [fit.loss(each) for each in beyond], color=fit.color, linewidth=1.2, linestyle=":")
    axes.set(xscale="log", yscale="log", xlabel="Number of training jets", ylabel="Cross-entropy of the test jets")
    axes.xaxis.set_major_locator(FixedLocator([*jets, _BEYOND * jets[-1]] if extrapolated else jets))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))
    axes.xaxis.set_minor_locator(NullLocator())
    set_log_ticks(axes)
    axes.grid(axis="x", color="0.85")
    figure.legend(loc="outside lower center", ncols=2, fontsize="x-small")
    experiment_label(figure, axes, f"{comparison.dataset}, {sample_text(comparison)}", _caption(extrapolated))
    return figure


def _is_extrapolated(fit: ScalingFit) -> bool:
    return fit.determined and fit.tested


def _caption(extrapolated: bool) -> str:
    beyond = ", dotted beyond the largest $D$ where $b$ is determined" if extrapolated else ""
    bars = "Bars: 68 % interval from the test sample and the mean over trainings"
    return rf"Lines: $L_\infty + B / D^b${beyond}. {bars}"


def _label(fit: ScalingFit) -> str:
    return f"{fit.title}, b = {fit.exponent.value:.2g}" if fit.determined else fit.title


def scaling_numbers(comparison: Comparison) -> pd.DataFrame:
    """Return one row per tagger and size: the loss, and the parameters of the tagger's fit."""
    rows = []
    for fit in comparison.scaling:
        about = {"exponent": fit.exponent, "limit": fit.limit}
        fitted = {
            f"{name}{end}": getattr(parameter, end[1:] or "value")
            for name, parameter in about.items()
            for end in ("", "_low", "_high")
        }
        fitted |= {"amplitude": fit.amplitude, "chi2": fit.chi2, "degrees_of_freedom": fit.ndf}
        about_fit = {"tagger": fit.title, "trainings": fit.trainings}
        rows += [about_fit | point.model_dump() | fitted for point in fit.points]
    return pd.DataFrame(rows)


FIGURE = ReportFigure(
    section="sizes",
    place=2,
    applies=lambda results: bool(results.comparison.scaling),
    draw=lambda results: plot_scaling(results.comparison),
    alt=lambda results: f"Cross-entropy of {results.titles} versus the number of training jets, with fits.",
    numbers=lambda results: scaling_numbers(results.comparison),
    caption=lambda _: (
        "Cross-entropy of the test jets as a function of the number of training jets D, on logarithmic axes, with the "
        "power law L∞ + B/D^b fitted to each tagger; the table has the intervals. With more than three sizes, dotted "
        "lines extrapolate to ten times the largest sample, where the losses bound b on both sides. The fluctuation of "
        "the test jets is common to all points."
    ),
)
