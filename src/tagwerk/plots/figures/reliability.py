"""Reliability curves: the fraction of signal against the probability that a tagger predicts."""

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from tagwerk.evaluation.calibration import TaggerCalibration
from tagwerk.evaluation.comparison import Comparison
from tagwerk.evaluation.tagger_results import TaggerResult
from tagwerk.plots.drawn_taggers import MARKERS, drawn_note, drawn_taggers, numbered
from tagwerk.plots.report_figure import ReportFigure
from tagwerk.plots.style import experiment_label, legend_label, sample_text
from tagwerk.rounding import rounded

_SMALLEST = 3e-4  # probability and its complement on the axes, which are linear in the log-odds
_TICKS = np.array([0.001, 0.01, 0.1, 0.5, 0.9, 0.99, 0.999])
_DIFFERENCE = 0.02  # smallest half-width of the lower axis


def plot_reliability(comparison: Comparison, calibration: list[TaggerCalibration]) -> Figure:
    """Return the signal fraction versus the predicted probability on axes of log-odds, above their difference."""
    found = {each.tagger: each for each in calibration}
    figure = Figure(figsize=(8.5, 11.5))
    upper, lower = figure.subplots(2, 1, sharex=True, height_ratios=[2.2, 1])
    for rank, tagger in enumerate(drawn_taggers(comparison, found)):
        _plot(upper, lower, found[tagger.name], tagger, MARKERS[rank])
    diagonal = np.array([_SMALLEST, 1 - _SMALLEST])
    upper.plot(diagonal, diagonal, color="0.5", linestyle="--", linewidth=1.2, zorder=0)
    lower.axhline(0, color="0.5", linestyle="--", linewidth=1.2)
    for axes, axis in ((upper, "x"), (upper, "y"), (lower, "x")):
        _set_log_odds(axes, axis)
    upper.set_ylabel("Fraction of signal")
    upper.tick_params(labelbottom=False)
    lower.set(xlabel="Predicted probability of signal", ylabel="Fraction $-$\nprediction")
    height = max(_DIFFERENCE, *np.abs(lower.get_ylim()))
    lower.set_ylim(-height, height)
    figure.legend(*upper.get_legend_handles_labels(), loc="outside lower center", ncols=1, fontsize="small")
    bars = drawn_note(comparison, "Bars: 68 % interval from the test sample; ECE: expected calibration error")
    experiment_label(figure, upper, f"{comparison.dataset}, {sample_text(comparison)}", bars)
    return figure


def reliability_numbers(calibration: list[TaggerCalibration], titles: dict[str, str]) -> pd.DataFrame:
    """Return all points of all curves."""
    tables = []
    for each in calibration:
        curve = each.curve.model_dump()
        edges = curve.pop("edges")
        columns = {"tagger": titles[each.tagger], "low_edge": edges[:-1], "high_edge": edges[1:]}
        tables.append(pd.DataFrame(columns | curve))
    return pd.concat(tables)


def _plot(upper: Axes, lower: Axes, calibration: TaggerCalibration, tagger: TaggerResult, marker: str) -> None:
    curve = calibration.curve
    predicted, fraction, low, high = (
        numbered(each) for each in (curve.predicted, curve.signal_fraction, curve.low, curve.high)
    )
    shown = np.clip(predicted, _SMALLEST, 1 - _SMALLEST)
    style: dict[str, Any] = {"color": tagger.color, "marker": marker, "ms": 6, "linewidth": 1.2, "elinewidth": 1.5}
    label = (
        f"{tagger.title}, ECE {rounded(100 * calibration.error, 2)} % (floor {rounded(100 * calibration.floor, 2)} %)"
    )
    inside = np.clip([fraction, low, high], _SMALLEST / 3, 1 - _SMALLEST / 3)
    bars = [inside[0] - inside[1], inside[2] - inside[0]]
    upper.errorbar(shown, inside[0], yerr=np.maximum(bars, 0), label=legend_label(label), **style)
    difference = fraction - predicted
    lower.errorbar(shown, difference, yerr=[fraction - low, high - fraction], **style)


def _set_log_odds(axes: Axes, axis: str) -> None:
    """Make an axis linear in the log-odds: both classes pile up at the ends."""
    getattr(axes, f"set_{axis}scale")("logit", one_half="0.5")
    getattr(axes, f"set_{axis}lim")(_SMALLEST, 1 - _SMALLEST)
    lines = getattr(axes, f"{axis}axis")
    lines.set_ticks(_TICKS)
    lines.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    lines.set_minor_formatter(FuncFormatter(lambda *_: ""))


FIGURE = ReportFigure(
    section="calibration",
    applies=lambda results: bool(results.comparison.calibration),
    draw=lambda results: plot_reliability(results.comparison, results.comparison.calibration or []),
    numbers=lambda results: reliability_numbers(results.comparison.calibration or [], results.comparison.titles),
    alt=lambda results: f"Fraction of signal versus the predicted probability of {results.titles}.",
    caption=lambda _: (
        "Fraction of signal versus the predicted probability p(signal)/(p(signal) + p(background)), in bins with equal "
        "shares of the test jets, on axes that are linear in the log-odds; below, their difference. A calibrated "
        "tagger is on the dashed line. The expected calibration error (ECE) is the mean absolute difference; its floor "
        "is what a perfectly calibrated tagger would show on as many jets. With several seeds the curve is that of the "
        "first."
    ),
)
