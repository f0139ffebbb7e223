"""The score distributions of each tagger."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from tagwerk.arrays import Floats64
from tagwerk.class_text import background_label, mixture
from tagwerk.evaluation.compared_jets import ComparedJets
from tagwerk.evaluation.comparison import Comparison
from tagwerk.evaluation.tagger_results import TaggerResult
from tagwerk.plots.report_figure import ReportFigure, Results
from tagwerk.plots.style import experiment_label, legend_label, panel_grid, sample_text

_EDGES = np.linspace(0, 1, 41)


def plot_scores(comparison: Comparison, sample: ComparedJets, scores: dict[str, Floats64]) -> Figure:
    """Return the score distributions of signal and background, one panel per tagger, its seeds (S, B) combined."""
    figure, panels = panel_grid(len(comparison.taggers), 3, (5.2, 4.6))
    labels, colors = ({each.name: getattr(each, key) for each in comparison.styles} for key in ("label", "color"))
    background = (background_label(comparison, labels), colors[next(iter(comparison.backgrounds))], ~sample.signal)
    signal = (labels[comparison.signal], colors[comparison.signal], sample.signal)
    for axes, tagger in zip(panels, comparison.taggers, strict=True):
        edges = bin_edges(tagger, scores[tagger.name])
        for name, color, mask in (background, signal):
            heights = fractions(scores[tagger.name][:, mask], sample.weight[mask], edges)
            axes.stairs(heights, edges, color=color, label=legend_label(name), linewidth=2)
            axes.stairs(heights, edges, color=color, fill=True, alpha=0.2)
        label = r"Score $p_\mathrm{S}/(p_\mathrm{S}+p_\mathrm{B})$" if tagger.probabilities else "Score"
        axes.set(yscale="log", xlabel=label, xlim=(edges[0], edges[-1]))
        axes.text(0.5, 0.97, tagger.title, transform=axes.transAxes, ha="center", va="top", fontsize="small")
    _share_ylim(panels)
    panels[0].set_ylabel("Fraction of jets per bin")
    figure.legend(*panels[0].get_legend_handles_labels(), loc="outside lower center", ncols=2)
    experiment_label(figure, panels[0], f"{comparison.dataset}, {sample_text(comparison)}")
    return figure


def bin_edges(tagger: TaggerResult, scores: Floats64) -> Floats64:
    """Return the edges of bins from zero to one, or over all scores (S, B) that are not probabilities."""
    return _EDGES if tagger.probabilities else np.histogram_bin_edges(scores, len(_EDGES) - 1)


def fractions(scores: Floats64, weight: Floats64, edges: Floats64) -> Floats64:
    """Return the weighted fraction of the scores (S, B) in each bin; all are of the same width."""
    weights = np.broadcast_to(weight, scores.shape)
    heights, _ = np.histogram(scores, len(edges) - 1, (edges[0], edges[-1]), weights=weights)
    return np.asarray(heights / heights.sum())


def _share_ylim(panels: list[Axes]) -> None:
    low = min(axes.get_ylim()[0] for axes in panels)
    high = max(axes.get_ylim()[1] for axes in panels)
    for axes in panels:
        axes.set_ylim(low, high * 5)


def score_numbers(results: Results) -> pd.DataFrame:
    """Return the fraction of jets in each bin of the score, for each tagger and class."""
    sample, comparison, tables = results.sample, results.comparison, []
    masks = {comparison.signal: sample.signal, mixture(comparison): ~sample.signal}
    for tagger in comparison.taggers:
        edges = bin_edges(tagger, results.discriminants[tagger.name])
        for name, mask in masks.items():
            heights = fractions(results.discriminants[tagger.name][:, mask], sample.weight[mask], edges)
            columns = {"tagger": tagger.title, "class": name, "low": edges[:-1], "high": edges[1:]}
            tables.append(pd.DataFrame(columns | {"fraction": heights}))
    return pd.concat(tables)


def _mixture_text(comparison: Comparison) -> str:
    """Return the background that the score is against, if it has several classes."""
    return f"; the background of the score is {mixture(comparison)}" if len(comparison.backgrounds) > 1 else ""


FIGURE = ReportFigure(
    section="scores",
    draw=lambda results: plot_scores(results.comparison, results.sample, results.discriminants),
    alt=lambda results: f"Distributions of the scores of {results.titles} for signal and background.",
    numbers=score_numbers,
    caption=lambda results: (
        "Score distributions of signal and background for each tagger, normalised to unity"
        f"{_mixture_text(results.comparison)}."
    ),
    panels=lambda results: len(results.comparison.taggers),
)
