"""The ROC curves, with their ratios to the best tagger's below."""

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from tagwerk.arrays import Bools
from tagwerk.evaluation.comparison import Comparison
from tagwerk.evaluation.curves import MIN_BACKGROUND_JETS
from tagwerk.evaluation.optimum_results import Optimum
from tagwerk.evaluation.tagger_results import TaggerResult
from tagwerk.plots.report_figure import ReportFigure
from tagwerk.plots.style import experiment_label, legend_label, sample_text
from tagwerk.rounding import measurement

_LONG_TITLE = 20  # characters; beyond, two legend entries do not fit next to each other
_MANY = 8  # taggers; beyond, bands hide one another and colours alone do not distinguish lines
_WITH_BANDS = 3  # of many taggers, the best ones
_STYLES = ("-", "--", "-.", ":")
_LIMIT: dict[str, Any] = {"color": "black", "linestyle": (0, (5, 2)), "linewidth": 1.6, "zorder": 3}


def plot_roc(comparison: Comparison) -> Figure:
    """Return background rejection versus signal efficiency with bands, above the ratio to the best tagger.

    Bands are the central 68.27 % interval from the finite test sample; those of the ratio account for the common jets.
    Curves end where fewer than `MIN_BACKGROUND_JETS` background jets pass; of many taggers only the best have bands.
    """
    taggers = sorted(comparison.taggers, key=lambda tagger: -tagger.auc.value)
    many = len(taggers) > _MANY
    wide = max(len(tagger.title) for tagger in comparison.taggers) > _LONG_TITLE
    columns = 1 if wide and not many else 2
    figure = Figure(figsize=(8.5, 9 + (0.28 if many else 0.35) * -(-len(taggers) // columns)))
    grid = figure.add_gridspec(2, 1, height_ratios=[2.6, 1])
    upper = figure.add_subplot(grid[0])
    lower = figure.add_subplot(grid[1], sharex=upper)
    for rank, tagger in enumerate(taggers):
        style, band = _STYLES[rank * many % len(_STYLES)], not many or rank < _WITH_BANDS
        _plot_curve(upper, tagger, style, band)
        _plot_ratio(lower, tagger, comparison, style, band)
    if comparison.optimum is not None:
        _plot_limit(upper, lower, comparison.optimum, comparison)
    _set_axes(upper, lower, comparison)
    figure.legend(loc="outside lower center", ncols=columns, fontsize="xx-small" if many else None)
    which = f" ({_WITH_BANDS} best)" if many else ""
    end = f"curves end where {MIN_BACKGROUND_JETS} background jets pass"
    bands = f"Bands{which}: 68 % interval from the test sample; {end}"
    experiment_label(figure, upper, f"{comparison.dataset}, {sample_text(comparison)}", bands)
    return figure


def drawable_points(*taggers: TaggerResult | Optimum) -> Bools:
    """Return at which points (P,) enough background jets pass the cuts of all these taggers."""
    fewest = np.array([tagger.curve.background_jets for tagger in taggers]).min(axis=0)
    positive = np.array([tagger.curve.background_efficiency for tagger in taggers]).min(axis=0) > 0
    return np.asarray((fewest >= MIN_BACKGROUND_JETS) & positive)


def _plot_curve(axes: Axes, tagger: TaggerResult, style: str, band: bool) -> None:
    mask = drawable_points(tagger)
    columns = ("signal_efficiency", "background_efficiency", "low", "high")
    signal, background, low, high = (np.array(getattr(tagger.curve, name))[mask] for name in columns)
    if band:
        upper = np.divide(1, low, out=np.full_like(low, np.nan), where=low > 0)  # a gap where there is no upper end
        axes.fill_between(signal, 1 / high, upper, color=tagger.color, alpha=0.25, linewidth=0)
    label = legend_label(f"{tagger.title}, AUC {_auc_text(tagger)}")
    axes.plot(signal, 1 / background, style, color=tagger.color, label=label)


def _plot_limit(upper: Axes, lower: Axes, optimum: Optimum, comparison: Comparison) -> None:
    """Draw the curve above which no tagger can be, and its ratio to the best tagger's."""
    mask, curve = drawable_points(optimum), optimum.curve
    signal, background = np.array(curve.signal_efficiency)[mask], np.array(curve.background_efficiency)[mask]
    label = legend_label(f"Limit: {optimum.title}, AUC {_auc_text(optimum)}")
    upper.plot(signal, 1 / background, **_LIMIT, label=label)
    both = drawable_points(optimum, _best(comparison))
    lower.plot(np.array(curve.signal_efficiency)[both], np.array(curve.ratio, float)[both], **_LIMIT)


def _plot_ratio(axes: Axes, tagger: TaggerResult, comparison: Comparison, style: str, band: bool) -> None:
    mask = drawable_points(tagger, _best(comparison))
    columns = ("signal_efficiency", "ratio", "ratio_low", "ratio_high")
    signal, ratio, low, high = (np.array(getattr(tagger.curve, name), float)[mask] for name in columns)
    if band:
        axes.fill_between(signal, low, high, color=tagger.color, alpha=0.25, linewidth=0)
    axes.plot(signal, ratio, style, color=tagger.color)


def _best(comparison: Comparison) -> TaggerResult:
    return next(tagger for tagger in comparison.taggers if tagger.name == comparison.best)


def _auc_text(tagger: TaggerResult | Optimum) -> str:
    return measurement(tagger.auc.value, tagger.auc.uncertainty).partition(" ")[0]


def _set_axes(upper: Axes, lower: Axes, comparison: Comparison) -> None:
    upper.set(yscale="log", ylabel=r"Background rejection $1/\varepsilon_\mathrm{B}$", xlim=(0, 1))
    upper.set_ylim(bottom=1)
    upper.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))
    upper.tick_params(labelbottom=False)
    lower.set(xlabel=r"Signal efficiency $\varepsilon_\mathrm{S}$", ylabel="Ratio to best")
    lower.set_ylim(0, max(1.2, lower.get_ylim()[1]))
    lower.text(0.02, 0.06, f"Best: {_best(comparison).title}", transform=lower.transAxes, fontsize="x-small")


def curve_numbers(comparison: Comparison) -> pd.DataFrame:
    """Return all points of all curves, with the ends of their intervals and the ratio to the best tagger."""
    drawn: list[TaggerResult | Optimum] = [*comparison.taggers]
    drawn += [] if comparison.optimum is None else [comparison.optimum]
    tables = [pd.DataFrame(each.curve.model_dump()).assign(tagger=each.title) for each in drawn]
    return pd.concat(tables).set_index("tagger").reset_index()


FIGURE = ReportFigure(
    section="results",
    by_category=True,
    draw=lambda results: plot_roc(results.comparison),
    alt=lambda results: (
        f"ROC curves of {results.titles}: background rejection versus signal efficiency, with the ratio to "
        f"{results.best} below."
    ),
    numbers=lambda results: curve_numbers(results.comparison),
    caption=lambda results: (
        "Background rejection as a function of signal efficiency; better taggers are towards the upper right. Bands "
        "show 68 % intervals from the finite test sample; a curve is drawn where at least "
        f"{MIN_BACKGROUND_JETS} background jets pass. The lower panel shows the ratio to {results.best}, with bands "
        "that account for the common test jets."
        + (
            " The dashed black curve is the limit of Neyman and Pearson, above which no tagger can be."
            if results.comparison.optimum is not None
            else ""
        )
    ),
)
