"""The label of an experiment above a figure's axes, by mplhep."""

import matplotlib as mpl
import mplhep
from matplotlib.axes import Axes
from matplotlib.text import Text

from tagwerk.cards.experiment import Experiment

_LABELS = {"ATLAS": mplhep.atlas, "CMS": mplhep.cms, "LHCb": mplhep.lhcb, "ALICE": mplhep.alice}
_SCALES = (1.3, 1.0, 1 / 1.3, 1 / 1.3)  # of the fonts of name, status, energy and supplement
_GAP = 0.05  # between status and energy, in widths of the axes


def label_axes(axes: Axes, experiment: Experiment) -> None:
    """Put name, status, energy and luminosity above the axes, smaller where they are wider than these."""
    texts = _draw(axes, experiment, 1.0)
    if (needed := _width(axes, texts)) > 1:
        for text in texts:
            text.remove()
        _draw(axes, experiment, 1 / needed)


def _draw(axes: Axes, experiment: Experiment, scale: float) -> list[Text]:
    """Return name, status and, if there are any, energy and luminosity, put above the axes in its style."""
    size = scale * mpl.rcParams["font.size"]
    label = _LABELS[experiment.name].label if experiment.name in _LABELS else mplhep.label.exp_label
    options = {"fontstyle": ("italic", *["normal"] * 3)} if experiment.name == "ATLAS" else {}
    texts = label(
        exp=experiment.name,
        text=experiment.status or "",
        data=True,  # adds no "Simulation" of its own
        rlabel=collisions_text(experiment) or None,
        com=None,
        loc=0,
        ax=axes,
        fontsize=tuple(factor * size for factor in _SCALES),
        **options,
    )
    return [text for text in texts if text is not None]


def collisions_text(experiment: Experiment) -> str:
    """Return energy and luminosity as the experiment writes them: "138 fb⁻¹ (13 TeV)" for CMS, else with √s first."""
    lumi = "" if experiment.lumi is None else rf"{experiment.lumi:g} $\mathrm{{fb}}^{{-1}}$"
    if experiment.energy is None:
        return lumi
    if experiment.name == "CMS":
        return f"{lumi} ({experiment.energy})".strip()
    return ", ".join(filter(None, [rf"$\sqrt{{s}}$ = {experiment.energy}", lumi]))


def _width(axes: Axes, texts: list[Text]) -> float:
    """Return the width of the texts next to one another, in widths of the axes."""
    left = max(text.get_window_extent().x1 for text in texts[:2] if text.get_text()) - axes.bbox.x0
    right = sum(text.get_window_extent().width for text in texts[2:])
    return float((left + right) / axes.bbox.width) + (_GAP if right else 0)
