"""The difference in AUC of every pair of taggers, and how significant it is."""

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from tagwerk.arrays import Floats64
from tagwerk.evaluation.comparison import Comparison
from tagwerk.evaluation.multiple_testing import two_sided_sigma
from tagwerk.evaluation.paired_results import PairedDifference
from tagwerk.evaluation.tagger_results import TaggerResult
from tagwerk.plots.report_figure import ReportFigure
from tagwerk.plots.style import experiment_label, sample_text

_CELL = 0.72  # inches; two lines of text in it are readable on a page of 20 taggers
_MAX_SIGMA = 5.0  # where the colours end
_MAX_WIDTH = 32  # characters of a title


def plot_auc_differences(comparison: Comparison) -> Figure:
    """Return a matrix of the AUC of the tagger of each row minus that of each column, in units of 0.001.

    Below each difference and as its colour: the standard deviations, corrected for looking at all pairs.
    """
    taggers = sorted(comparison.taggers, key=lambda tagger: -tagger.auc.value)
    differences, sigma = _matrices(comparison.pairs, taggers)
    count = len(taggers)
    figure = Figure(figsize=(max(_CELL * count + 5.5, 8.5), _CELL * count + 3.2))
    axes = figure.add_subplot()
    colors = mpl.colormaps["PuOr_r"]
    image = axes.imshow(np.ma.masked_invalid(sigma), cmap=colors, vmin=-_MAX_SIGMA, vmax=_MAX_SIGMA, aspect="equal")
    for row, column in zip(*np.nonzero(np.isfinite(sigma)), strict=True):
        luminance = np.dot(colors(image.norm(sigma[row, column]))[:3], [0.299, 0.587, 0.114])
        text = f"{_signed(1000 * differences[row, column])}\n{_sigma_text(sigma[row, column])}"
        color = "black" if luminance > 0.5 else "white"
        axes.text(column, row, text, color=color, ha="center", va="center", fontsize=12, linespacing=1.15)
    labels = [f"{_shortened(tagger.title)}  {rank}" for rank, tagger in enumerate(taggers, 1)]
    axes.set_yticks(range(count), labels, fontsize="x-small")
    axes.set_xticks(range(count), [str(rank) for rank in range(1, count + 1)], fontsize="x-small")
    axes.tick_params(which="both", length=0, labeltop=False)
    axes.minorticks_off()
    bar = figure.colorbar(image, ax=axes, extend="both", shrink=0.9)
    bar.set_label("Standard deviations, corrected", fontsize="x-small")
    bar.ax.tick_params(labelsize="x-small")
    lines = r"AUC of row $-$ AUC of column, in $10^{-3}$, and its standard deviations, corrected for all pairs"
    experiment_label(figure, axes, f"{comparison.dataset}, {sample_text(comparison)}", lines)
    return figure


def difference_numbers(comparison: Comparison) -> pd.DataFrame:
    """Return one row per pair and quantity: the AUC, and the logarithm of the rejection at each working point."""
    rows = []
    for pair in comparison.pairs:
        titles = {"first": comparison.titles[pair.first], "second": comparison.titles[pair.second]}
        auc = pair.model_dump(exclude={"first", "second", "auc", "rejections"})
        rows.append(titles | {"quantity": "AUC", "difference": pair.auc} | auc)
        for each in pair.rejections:
            values = each.model_dump(exclude={"value"})
            rows.append(titles | {"quantity": "ln(rejection)", "difference": each.value} | values)
    return pd.DataFrame(rows)


def _matrices(pairs: list[PairedDifference], taggers: list[TaggerResult]) -> tuple[Floats64, Floats64]:
    """Return difference and corrected significance with its sign, (T, T) each, NaN on the diagonal."""
    ranks = {tagger.name: rank for rank, tagger in enumerate(taggers)}
    differences, sigma = np.full((2, len(taggers), len(taggers)), np.nan)
    for pair, corrected in zip(pairs, two_sided_sigma([pair.p_holm for pair in pairs]), strict=True):
        for first, second, sign in ((pair.first, pair.second, 1), (pair.second, pair.first, -1)):
            place = ranks[first], ranks[second]
            differences[place] = sign * pair.auc
            sigma[place] = np.copysign(min(corrected, 99.0), sign * pair.auc)
    return differences, sigma


def _signed(value: float) -> str:
    text = f"{value:+.1f}" if abs(value) < 99.95 else f"{value:+.0f}"
    return text.replace("-", "\N{MINUS SIGN}")


def _sigma_text(sigma: float) -> str:
    return f"{abs(sigma):.1f}\N{GREEK SMALL LETTER SIGMA}" if abs(sigma) <= 10 else ">10\N{GREEK SMALL LETTER SIGMA}"


def _shortened(title: str) -> str:
    return title if len(title) <= _MAX_WIDTH else f"{title[: _MAX_WIDTH - 1]}\N{HORIZONTAL ELLIPSIS}"


FIGURE = ReportFigure(
    section="pairs",
    applies=lambda results: len(results.comparison.taggers) > 2,
    draw=lambda results: plot_auc_differences(results.comparison),
    alt=lambda results: f"Matrix of the differences in AUC between {results.titles}, with their significances.",
    numbers=lambda results: difference_numbers(results.comparison),
    caption=lambda _: (
        "AUC of the tagger of the row minus that of the column, whose number is that of its row, in units of 0.001. "
        "Below it, and as the colour, are the standard deviations from shared bootstrap replicas of the test jets and, "
        "where there are several, from the trainings, corrected for looking at all pairs by Holm's method."
    ),
)
