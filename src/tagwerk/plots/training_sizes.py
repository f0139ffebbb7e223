"""How the taggers gain from more training jets."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter, LogLocator, MaxNLocator, NullLocator

from tagwerk.arrays import Floats64
from tagwerk.evaluation.comparison import AtSize, Comparison, Quantity
from tagwerk.evaluation.learning_curves import by_tagger
from tagwerk.plots.style import entry, label, test_jets

_MARKERS = ("o", "s", "^", "D", "v", "P", "X", "<", ">", "h")
_STYLES = ("-", "--", "-.", ":")
_LONG_TITLE = 30  # letters, beyond which two entries of the legend do not fit side by side
_WIDE = 5.0  # between the largest difference of all and that on the most jets, from where on the axis is stretched
_APART = 0.16  # of the step between two sizes, over which the points of all taggers spread so that none hides another


def sizes(comparison: Comparison) -> Figure:
    """Return 1 − AUC against the number of training jets, a line a tagger, over the difference to the best tagger.

    Bars above: the finite test sample and the mean over trainings, in quadrature. Below, the jets are the same for both
    taggers, so only what differs fluctuates; the best is that of highest AUC at the largest size.
    """
    groups = by_tagger(comparison.sizes)
    columns = 1 if max(len(group[0].title) for group in groups) > _LONG_TITLE else 2
    figure = Figure(figsize=(8.5, 9 + 0.3 * -(-len(groups) // columns)))
    parts = figure.add_gridspec(2, 1, height_ratios=[1.6, 1])
    upper = figure.add_subplot(parts[0])
    lower = figure.add_subplot(parts[1], sharex=upper)
    for rank, (group, shift) in enumerate(zip(groups, _shifts(groups), strict=True)):
        _errors(upper, group, rank, shift)
        _differences(lower, group, rank, shift)
    _dress(upper, lower, sorted({each.jets for each in comparison.sizes}))
    best = next(each.title for each in comparison.taggers if each.name == comparison.best)
    _stretch(lower, groups)
    lower.set_ylabel(r"AUC $-$ AUC$_\mathrm{best}$")
    lower.axhline(0, color="black", linewidth=1)
    lower.text(0.02, 0.06, f"Best on the most jets: {best}", transform=lower.transAxes, fontsize="x-small")
    figure.legend(loc="outside lower center", ncols=columns, fontsize="x-small")
    label(figure, upper, f"{comparison.dataset}, {test_jets(comparison)}", _meaning(comparison))
    return figure


def total(found: Quantity, trainings: int) -> float:
    """Return the uncertainty of a mean over trainings: from the test jets and, where there are several, from these."""
    return float(np.hypot(found.uncertainty, (found.spread or 0) / trainings**0.5))


def _shifts(groups: list[list[AtSize]]) -> Floats64:
    """Return a factor on the number of jets for each tagger, around one."""
    jets = np.unique([each.jets for group in groups for each in group])
    step = float(np.diff(np.log(jets)).min()) if len(jets) > 1 else 1.0
    return np.asarray(np.exp(step * _APART * np.linspace(-1, 1, len(groups)))) if len(groups) > 1 else np.ones(1)


def _errors(axes: Axes, group: list[AtSize], rank: int, shift: float) -> None:
    values = np.array([1 - each.auc.value for each in group])
    bars = [total(each.auc, each.trainings) for each in group]
    _line(axes, group, values, bars, rank, shift)


def _differences(axes: Axes, group: list[AtSize], rank: int, shift: float) -> None:
    known = [(each, each.difference) for each in group if each.difference is not None]
    if known:
        values = np.array([found.auc for _, found in known])
        bars = [float(np.hypot(found.uncertainty, found.training or 0)) for _, found in known]
        _line(axes, [each for each, _ in known], values, bars, rank, shift, named=False)


def _line(
    axes: Axes, group: list[AtSize], values: Floats64, bars: list[float], rank: int, shift: float, named: bool = True
) -> None:
    axes.errorbar(
        np.array([each.jets for each in group]) * shift,
        values,
        yerr=bars,
        color=group[0].color,
        marker=_MARKERS[rank % len(_MARKERS)],
        linestyle=_STYLES[rank % len(_STYLES)],
        markersize=6,
        linewidth=1.4,
        elinewidth=1.4,
        label=entry(group[0].title) if named else None,
    )


def _stretch(axes: Axes, groups: list[list[AtSize]]) -> None:
    """Show differences beyond those at the largest size logarithmically, where others would press these together."""
    known = [[abs(each.difference.auc) for each in group if each.difference is not None] for group in groups]
    last = max((some[-1] for some in known if some), default=0.0)
    if last > 0 and max(map(max, filter(None, known))) > _WIDE * last:
        axes.set_yscale("symlog", linthresh=last, linscale=1.5)
        powers = 10.0 ** np.arange(np.ceil(np.log10(last)), 1)
        axes.yaxis.set_major_locator(FixedLocator([*-powers, 0, *powers]))
        axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}".replace("-", "\N{MINUS SIGN}")))
        axes.yaxis.set_minor_locator(NullLocator())


def _dress(upper: Axes, lower: Axes, jets: list[int]) -> None:
    upper.set(xscale="log", yscale="log", ylabel=r"1 $-$ AUC, the lower the better")
    low, high = upper.get_ylim()
    narrow = high < 6 * low
    upper.yaxis.set_major_locator(MaxNLocator(7, steps=[1, 2, 5, 10]) if narrow else LogLocator(subs=(1, 2, 5)))
    upper.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    upper.yaxis.set_minor_locator(NullLocator())
    upper.tick_params(labelbottom=False)
    low, high = lower.get_ylim()
    lower.set(xlabel="Training jets", ylim=(low - 0.2 * (high - low), high))
    lower.xaxis.set_major_locator(FixedLocator(jets))
    lower.xaxis.set_minor_locator(NullLocator())
    lower.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))
    for axes in (upper, lower):
        axes.grid(axis="x", color="0.85")


def _meaning(comparison: Comparison) -> str:
    several = max(each.trainings for each in comparison.sizes) > 1
    bars = "Bars: 68 % of the test sample" + (
        " and of the mean over trainings" if several else ", of one training each"
    )
    return f"{bars}; below, of differences on the same jets. Points are set apart sideways to be seen"
