"""The common look: mplhep's, with Tagwerk's label, and files that are the same whenever they are written."""

import re
from collections.abc import Callable
from pathlib import Path
from textwrap import fill

import matplotlib as mpl
import mplhep
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from tagwerk.evaluation.comparison import Comparison

_STYLE = mplhep.style.ROOT | {
    "font.size": 17,
    "axes.linewidth": 1.3,
    "axes.unicode_minus": True,
    "xtick.major.size": 8,
    "xtick.minor.size": 4,
    "ytick.major.size": 8,
    "ytick.minor.size": 4,
    "lines.linewidth": 2,
    "mathtext.fallback": "stixsans",
    "figure.constrained_layout.use": True,
    "figure.constrained_layout.h_pad": 0.08,
    "figure.constrained_layout.w_pad": 0.1,
    "pdf.fonttype": 42,
    "savefig.dpi": 130,
}
_NO_BREAK = "\ue000"  # stands for a space that is not to become the end of a line; no text holds it
_UNDATED = {"png": {"Software": None}, "pdf": {"CreationDate": None, "Creator": None, "Producer": None}}


def write_figure(draw: Callable[[], Figure], folder: Path, name: str) -> None:
    """Write the figure that `draw` returns as `<name>.png` and `<name>.pdf`, the same bytes at any time."""
    with mpl.rc_context():
        mpl.rcdefaults()  # a matplotlibrc of the user's does not change what is published
        mpl.rcParams.update(_STYLE)
        figure = draw()
        for suffix, metadata in _UNDATED.items():
            figure.savefig(folder / f"{name}.{suffix}", metadata=metadata)


def label(figure: Figure, axes: Axes, *lines: str) -> None:
    """Put "Tagwerk Simulation" over these axes, and what the figure is of over the whole."""
    width = int(figure.get_figwidth() * 10)  # letters of this size an inch
    figure.suptitle("\n".join(wrapped(line, width) for line in lines), x=0.01, ha="left", fontsize="small")
    axes.set_title(" ")
    # The label measures the axes, which the layout has to settle first.
    figure.draw_without_rendering()
    figure.set_layout_engine("none")
    mplhep.label.exp_text("Tagwerk", "Simulation", loc=0, ax=axes, fontsize=mpl.rcParams["font.size"])


def wrapped(text: str, width: int) -> str:
    """Return the text in lines of so many letters, none of which ends within a formula."""
    joined = re.sub(r"(?<!\\)\$.*?(?<!\\)\$", lambda formula: formula[0].replace(" ", _NO_BREAK), text)
    whole_words = "$" in text  # a hyphen in a formula is a minus sign
    lines = fill(joined, width, break_on_hyphens=not whole_words, break_long_words=not whole_words)
    return lines.replace(_NO_BREAK, " ")


def entry(text: str) -> str:
    """Return a text for a legend, which leaves out what begins with an underscore."""
    return f" {text}" if text.startswith("_") else text


def test_jets(comparison: Comparison) -> str:
    """Return how many jets the numbers rest on, in words."""
    return f"{comparison.signal_jets:,} signal and {comparison.background_jets:,} background test jets"


def grid(panels: int, columns: int, size: tuple[float, float]) -> tuple[Figure, list[Axes]]:
    """Return a figure of so many panels of this size in inches, row by row in at most so many columns."""
    columns = min(columns, panels)
    rows = -(-panels // columns)
    figure = Figure(figsize=(max(columns * size[0], 7.5), rows * size[1] + 0.8))
    return figure, [figure.add_subplot(rows, columns, place + 1) for place in range(panels)]
