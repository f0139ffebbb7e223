"""What the jets of a dataset look like."""

import numpy as np
from matplotlib.figure import Figure

from tagwerk.cards.dataset import Dataset
from tagwerk.plots.style import entry, grid, label
from tagwerk.summaries.summary import Summary

AXES = {
    "pt": r"Jet $p_\mathrm{T}$ [GeV]",
    "eta": r"Jet $\eta$",
    "phi": r"Jet $\phi$ [rad]",
    "mass": "Jet mass [GeV]",
    "multiplicity": "Number of constituents",
    "width": "Width",
    "pt_dispersion": r"$p_\mathrm{T}$ dispersion",
    "tau21": r"$\tau_{21}$",
    "tau32": r"$\tau_{32}$",
}


def dataset(summary: Summary, card: Dataset) -> Figure:
    """Return the weighted distributions of the training jets' variables, each class normalised to one."""
    figure, panels = grid(len(summary.histograms), 3, (5.2, 3.9))
    for axes, (name, histogram) in zip(panels, summary.histograms.items(), strict=True):
        edges = np.array(histogram.edges)
        for each in card.classes:
            counts = np.array(histogram.counts[each.name])
            heights = counts / (counts.sum() or 1)
            axes.stairs(heights, edges, color=each.color, label=entry(each.label), linewidth=2)
            axes.stairs(heights, edges, color=each.color, fill=True, alpha=0.2)
        axes.set(xlabel=AXES.get(name, name), xlim=(edges[0], edges[-1]))
        axes.set_ylim(0, axes.get_ylim()[1])
    for axes in panels[::3]:
        axes.set_ylabel("Fraction of jets per bin")
    figure.legend(*panels[0].get_legend_handles_labels(), loc="outside lower center", ncols=4)
    jets = sum(summary.counts["train"].values())
    label(figure, panels[0], f"{card.title}, {jets:,} training jets")
    return figure
