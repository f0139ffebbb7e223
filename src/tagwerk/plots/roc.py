"""The ROC curves, and under them their ratios to the best tagger's."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from tagwerk.arrays import Bools
from tagwerk.evaluation.comparison import Comparison, TaggerResult
from tagwerk.evaluation.curves import FEWEST_JETS
from tagwerk.plots.style import entry, label, test_jets
from tagwerk.rounding import measurement

_LONG_TITLE = 20  # letters, beyond which two entries of the legend do not fit side by side
_MANY = 8  # taggers, beyond which bands hide one another and colours alone do not tell lines apart
_WITH_BANDS = 3  # of so many: the best ones
_STYLES = ("-", "--", "-.", ":")


def roc(comparison: Comparison) -> Figure:
    """Return signal efficiency against background rejection with bands, over the ratio to the best tagger.

    Bands hold the central 68.27 % of the finite test sample; those of the ratio know that the jets are the same.
    A curve is drawn where at least `FEWEST_JETS` background jets pass it. Of many taggers only the best have bands.
    """
    taggers = sorted(comparison.taggers, key=lambda each: -each.auc.value)
    many = len(taggers) > _MANY
    wide = max(len(tagger.title) for tagger in comparison.taggers) > _LONG_TITLE
    columns = 1 if wide and not many else 2
    figure = Figure(figsize=(8.5, 9 + (0.28 if many else 0.35) * -(-len(taggers) // columns)))
    parts = figure.add_gridspec(2, 1, height_ratios=[2.6, 1])
    upper = figure.add_subplot(parts[0])
    lower = figure.add_subplot(parts[1], sharex=upper)
    for rank, tagger in enumerate(taggers):
        style, band = _STYLES[rank * many % len(_STYLES)], not many or rank < _WITH_BANDS
        _curve(upper, tagger, style, band)
        _ratio(lower, tagger, comparison, style, band)
    _dress(upper, lower, comparison)
    figure.legend(loc="outside lower center", ncols=columns, fontsize="xx-small" if many else None)
    whose = f", the {_WITH_BANDS} best" if many else ""
    bands = f"Bands: 68 % of the finite test sample{whose}; curves from {FEWEST_JETS} background jets on"
    label(figure, upper, f"{comparison.dataset}, {test_jets(comparison)}", bands)
    return figure


def drawn(*taggers: TaggerResult) -> Bools:
    """Return at which points (P,) enough background jets pass the cuts of all these taggers."""
    fewest = np.array([tagger.curve.background_jets for tagger in taggers]).min(axis=0)
    positive = np.array([tagger.curve.background_efficiency for tagger in taggers]).min(axis=0) > 0
    return np.asarray((fewest >= FEWEST_JETS) & positive)


def _curve(axes: Axes, tagger: TaggerResult, style: str, band: bool) -> None:
    keep = drawn(tagger)
    columns = ("signal_efficiency", "background_efficiency", "low", "high")
    signal, background, low, high = (np.array(getattr(tagger.curve, name))[keep] for name in columns)
    if band:
        upper = np.divide(1, low, out=np.full_like(low, np.nan), where=low > 0)  # the band has a gap where it is open
        axes.fill_between(signal, 1 / high, upper, color=tagger.color, alpha=0.25, linewidth=0)
    axes.plot(signal, 1 / background, style, color=tagger.color, label=entry(f"{tagger.title}, AUC {_auc(tagger)}"))


def _ratio(axes: Axes, tagger: TaggerResult, comparison: Comparison, style: str, band: bool) -> None:
    best = next(each for each in comparison.taggers if each.name == comparison.best)
    keep = drawn(tagger, best)
    columns = ("signal_efficiency", "ratio", "ratio_low", "ratio_high")
    signal, ratio, low, high = (np.array(getattr(tagger.curve, name), float)[keep] for name in columns)
    if band:
        axes.fill_between(signal, low, high, color=tagger.color, alpha=0.25, linewidth=0)
    axes.plot(signal, ratio, style, color=tagger.color)


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
