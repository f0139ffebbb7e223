"""The common style: mplhep's with the experiment's fonts and label, and reproducible files."""

import re
from collections.abc import Callable
from contextvars import ContextVar
from pathlib import Path
from textwrap import fill
from typing import Any

import matplotlib as mpl
import mplhep
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.backends.backend_pdf import FigureCanvasPdf
from matplotlib.figure import Figure

from tagwerk.cards.experiment import SIMULATED, Experiment
from tagwerk.evaluation.comparison import Comparison
from tagwerk.plots.experiment_text import label_axes

_LAYOUT = {
    "font.size": 17,
    "mathtext.default": "regular",
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
    "figure.dpi": 130,
}
_STYLES = {
    "ATLAS": mplhep.style.ATLAS,
    "CMS": mplhep.style.CMS,
    "LHCb": mplhep.style.LHCb2,
    "ALICE": mplhep.style.ALICE,
}
_EXPERIMENT = ContextVar("experiment", default=SIMULATED)  # of the figure that is drawn
_NO_BREAK = "\ue000"  # placeholder for a non-breaking space; occurs in no text
_UNDATED = {"CreationDate": None, "Creator": None, "Producer": None}


def write_figure(draw: Callable[[], Figure], folder: Path, name: str, experiment: Experiment = SIMULATED) -> None:
    """Write the figure that `draw` returns as `<name>.png` and `<name>.pdf`, byte for byte reproducible.

    It has the experiment's fonts, and its label where `draw` calls `experiment_label`.
    """
    token = _EXPERIMENT.set(experiment)
    try:
        with mpl.rc_context():
            mpl.rcdefaults()  # the user's matplotlibrc has no effect
            mpl.rcParams.update(style_of(experiment))
            figure = draw()
            # `savefig` would draw each twice, once only to measure it.
            png: Any = FigureCanvasAgg(figure)
            png.print_png(folder / f"{name}.png", metadata={"Software": None})
            pdf: Any = FigureCanvasPdf(figure)
            pdf.print_pdf(folder / f"{name}.pdf", metadata=_UNDATED)
    finally:
        _EXPERIMENT.reset(token)


def style_of(experiment: Experiment) -> dict[Any, Any]:
    """Return the rcParams of figures of this experiment: its fonts, and the sizes that our layouts need."""
    fonts = {
        key: value
        for key, value in _STYLES.get(experiment.name, {}).items()
        if key.startswith(("font.", "mathtext.")) and key not in _LAYOUT
    }
    return {**mplhep.style.ROOT, **fonts, **_LAYOUT}


def experiment_label(figure: Figure, axes: Axes, *lines: str) -> None:
    """Put the experiment's label above these axes, and a description of the figure above all."""
    width = int(figure.get_figwidth() * 10)  # characters per inch at this size
    figure.suptitle("\n".join(wrap_text(line, width) for line in lines), x=0.01, ha="left", fontsize="small")
    axes.set_title(" ")
    # The label measures the axes, which the layout has to settle first.
    figure.draw_without_rendering()
    figure.set_layout_engine("none")
    label_axes(axes, _EXPERIMENT.get())


def wrap_text(text: str, width: int) -> str:
    """Return the text in lines of at most `width` characters, none of which breaks a formula."""
    protected = re.sub(r"(?<!\\)\$.*?(?<!\\)\$", lambda formula: formula[0].replace(" ", _NO_BREAK), text)
    has_formula = "$" in text  # a hyphen in a formula is a minus sign
    lines = fill(protected, width, break_on_hyphens=not has_formula, break_long_words=not has_formula)
    return lines.replace(_NO_BREAK, " ")


def legend_label(text: str) -> str:
    """Return a text for a legend, which would omit one that starts with an underscore."""
    return f" {text}" if text.startswith("_") else text


def sample_text(comparison: Comparison) -> str:
    """Return the size of the test sample, in words."""
    return f"{comparison.signal_jets:,} signal and {comparison.background_jets:,} background test jets"


def panel_grid(panels: int, columns: int, size: tuple[float, float]) -> tuple[Figure, list[Axes]]:
    """Return a figure of panels of this size in inches, row by row in at most `columns` columns."""
    columns = min(columns, panels)
    rows = -(-panels // columns)
    figure = Figure(figsize=(max(columns * size[0], 7.5), rows * size[1] + 0.8))
    return figure, [figure.add_subplot(rows, columns, index + 1) for index in range(panels)]
