"""The distributions of a dataset's jet variables."""

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from tagwerk.cards.dataset import Dataset
from tagwerk.plots.report_figure import ReportFigure
from tagwerk.plots.style import experiment_label, legend_label, panel_grid
from tagwerk.summaries.summary import Summary

AXIS_LABELS = {
    "pt": r"Jet $p_\mathrm{T}$ [GeV]",
    "eta": r"Jet $\eta$",
    "phi": r"Jet $\phi$ [rad]",
    "mass": "Jet mass [GeV]",
    "multiplicity": "Number of constituents",
    "width": "Width",
    "pt_dispersion": r"$p_\mathrm{T}$ dispersion",
    "tau21": r"$\tau_{21}$",
    "tau32": r"$\tau_{32}$",
    "pileup": "Number of pile-up interactions",
}


def plot_dataset(summary: Summary, card: Dataset) -> Figure:
    """Return the weighted distributions of the training jets' variables, each class normalised to unity."""
    figure, panels = panel_grid(len(summary.histograms), 3, (5.2, 3.9))
    for axes, (name, histogram) in zip(panels, summary.histograms.items(), strict=True):
        edges = np.array(histogram.edges)
        for jet_class in card.classes:
            counts = np.array(histogram.counts[jet_class.name])
            heights = counts / (counts.sum() or 1)
            label = legend_label(jet_class.label)
            axes.stairs(heights, edges, color=jet_class.color, label=label, linewidth=2)
            axes.stairs(heights, edges, color=jet_class.color, fill=True, alpha=0.2)
        axes.set(xlabel=AXIS_LABELS.get(name, name), xlim=(edges[0], edges[-1]))
        axes.set_ylim(0, axes.get_ylim()[1])
    for axes in panels[::3]:
        axes.set_ylabel("Fraction of jets per bin")
    figure.legend(*panels[0].get_legend_handles_labels(), loc="outside lower center", ncols=4)
    jets = sum(summary.counts["train"].values())
    experiment_label(figure, panels[0], f"{card.title}, {jets:,} training jets")
    return figure


def distribution_numbers(summary: Summary) -> pd.DataFrame:
    """Return the weighted fraction of jets in each bin of each variable, for each class."""
    tables = []
    for name, histogram in summary.histograms.items():
        for jet_class, counts in histogram.counts.items():
            columns = {"variable": name, "class": jet_class, "low": histogram.edges[:-1], "high": histogram.edges[1:]}
            tables.append(pd.DataFrame(columns | {"fraction": np.array(counts) / (sum(counts) or 1)}))
    return pd.concat(tables)


FIGURE = ReportFigure(
    section="dataset",
    applies=lambda results: results.summary is not None,
    draw=lambda results: plot_dataset(*results.dataset),
    alt=lambda _: "Distributions of the jet variables, by class.",
    numbers=lambda results: distribution_numbers(results.dataset[0]),
    caption=lambda _: (
        "Distributions of the jet variables in the weighted training sample, each class normalised to unity."
    ),
    panels=lambda _: 3,
)
