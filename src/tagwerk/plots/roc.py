"""The ROC curves, and under them their ratios to the best tagger's."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from tagwerk.evaluation.numbers import measurement
from tagwerk.evaluation.result import Comparison, TaggerResult
from tagwerk.evaluation.sample import Flags
from tagwerk.plots.look import label, test_jets

# ASSUME: with fewer background jets a curve shows single jets, no tagger.
FEWEST_JETS = 5

_LONG_TITLE = 20  # letters, beyond which two entries of the legend do not fit side by side


def roc(comparison: Comparison) -> Figure:
    """Return signal efficiency against background rejection with bands, over the ratio to the best tagger.

    Bands hold the central 68.27 % of the finite test sample; those of the ratio know that the jets are the same.
    A curve is drawn where at least `FEWEST_JETS` background jets pass it.
    """
    wide = max(len(tagger.title) for tagger in comparison.taggers) > _LONG_TITLE
    columns = 1 if wide else 2
    figure = Figure(figsize=(8.5, 9 + 0.35 * -(-len(comparison.taggers) // columns)))
    parts = figure.add_gridspec(2, 1, height_ratios=[2.6, 1])
    upper = figure.add_subplot(parts[0])
    lower = figure.add_subplot(parts[1], sharex=upper)
    for tagger in sorted(comparison.taggers, key=lambda each: -each.auc.value):
        _curve(upper, tagger)
        _ratio(lower, tagger, comparison)
    _dress(upper, lower, comparison)
    figure.legend(loc="outside lower center", ncols=columns)
    bands = f"Bands: 68 % of the finite test sample; curves from {FEWEST_JETS} background jets on"
    label(figure, upper, f"{comparison.dataset}, {test_jets(comparison)}", bands)
    return figure


def drawn(*taggers: TaggerResult) -> Flags:
    """Return at which points (P,) enough background jets pass the cuts of all these taggers."""
    fewest = np.array([tagger.curve.background_jets for tagger in taggers]).min(axis=0)
    return np.asarray(fewest >= FEWEST_JETS)


def _curve(axes: Axes, tagger: TaggerResult) -> None:
    keep = drawn(tagger)
    columns = ("signal_efficiency", "background_efficiency", "low", "high")
    signal, background, low, high = (np.array(getattr(tagger.curve, name))[keep] for name in columns)
    axes.fill_between(signal, 1 / high, 1 / low, color=tagger.color, alpha=0.25, linewidth=0)
    axes.plot(signal, 1 / background, color=tagger.color, label=f"{tagger.title}, AUC {_auc(tagger)}")


def _ratio(axes: Axes, tagger: TaggerResult, comparison: Comparison) -> None:
    best = next(each for each in comparison.taggers if each.name == comparison.best)
    keep = drawn(tagger, best)
    columns = ("signal_efficiency", "ratio", "ratio_low", "ratio_high")
    signal, ratio, low, high = (np.array(getattr(tagger.curve, name), float)[keep] for name in columns)
    axes.fill_between(signal, low, high, color=tagger.color, alpha=0.25, linewidth=0)
    axes.plot(signal, ratio, color=tagger.color)


def _auc(tagger: TaggerResult) -> str:
    return measurement(tagger.auc.value, tagger.auc.uncertainty).partition(" ")[0]


def _dress(upper: Axes, lower: Axes, comparison: Comparison) -> None:
    best = next(each for each in comparison.taggers if each.name == comparison.best)
    upper.set(yscale="log", ylabel=r"Background rejection $1/\varepsilon_\mathrm{B}$", xlim=(0, 1))
    upper.set_ylim(bottom=1)
    upper.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))
    upper.tick_params(labelbottom=False)
    lower.set(xlabel=r"Signal efficiency $\varepsilon_\mathrm{S}$", ylabel="Ratio to best")
    lower.set_ylim(0, max(1.2, lower.get_ylim()[1]))
    lower.text(0.02, 0.06, f"Best: {best.title}", transform=lower.transAxes, fontsize="x-small")
