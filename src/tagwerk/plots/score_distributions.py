"""How each tagger's scores are distributed."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from tagwerk.arrays import Floats64
from tagwerk.cards.dataset import JetClass
from tagwerk.evaluation.compared_jets import ComparedJets
from tagwerk.evaluation.comparison import Comparison
from tagwerk.plots.style import entry, grid, label, test_jets

_EDGES = np.linspace(0, 1, 41)


def scores(
    comparison: Comparison, sample: ComparedJets, scores: dict[str, Floats64], classes: list[JetClass]
) -> Figure:
    """Return the score distributions of signal and background, a panel a tagger; all its seeds (S, B) together."""
    figure, panels = grid(len(comparison.taggers), 3, (5.2, 4.6))
    named = {each.name: each for each in classes}
    kinds = [(named[comparison.background], ~sample.signal), (named[comparison.signal], sample.signal)]
    for axes, tagger in zip(panels, comparison.taggers, strict=True):
        for kind, chosen in kinds:
            heights = fractions(scores[tagger.name][:, chosen], sample.weight[chosen])
            axes.stairs(heights, _EDGES, color=kind.color, label=entry(kind.label), linewidth=2)
            axes.stairs(heights, _EDGES, color=kind.color, fill=True, alpha=0.2)
        axes.set(yscale="log", xlabel=r"Score $p_\mathrm{S}/(p_\mathrm{S}+p_\mathrm{B})$", xlim=(0, 1))
        axes.text(0.5, 0.97, tagger.title, transform=axes.transAxes, ha="center", va="top", fontsize="small")
    _share_heights(panels)
    panels[0].set_ylabel("Fraction of jets per bin")
    figure.legend(*panels[0].get_legend_handles_labels(), loc="outside lower center", ncols=2)
    label(figure, panels[0], f"{comparison.dataset}, {test_jets(comparison)}")
    return figure


def fractions(scores: Floats64, weight: Floats64) -> Floats64:
    """Return the weighted share of the scores (S, B) in each bin."""
    heights, _ = np.histogram(scores, _EDGES, weights=np.broadcast_to(weight, scores.shape))
    return np.asarray(heights / heights.sum())


def _share_heights(panels: list[Axes]) -> None:
    low = min(axes.get_ylim()[0] for axes in panels)
    high = max(axes.get_ylim()[1] for axes in panels)
    for axes in panels:
        axes.set_ylim(low, high * 5)
