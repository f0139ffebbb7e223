"""All figures of a comparison, by name."""

from functools import partial
from pathlib import Path

import pandas as pd

from tagwerk.arrays import Floats64
from tagwerk.cards.dataset import Dataset
from tagwerk.evaluation.compared_jets import ComparedJets
from tagwerk.evaluation.comparison import Comparison
from tagwerk.plots.auc_by_tagger import plot_auc
from tagwerk.plots.closure import plot_closure
from tagwerk.plots.histories import plot_histories
from tagwerk.plots.jet_variables import plot_dataset
from tagwerk.plots.roc import plot_roc
from tagwerk.plots.score_distributions import plot_scores
from tagwerk.plots.style import write_figure
from tagwerk.plots.training_sizes import plot_sizes
from tagwerk.summaries.summary import Summary


def write_figures(
    folder: Path,
    comparison: Comparison,
    sample: ComparedJets,
    discriminants: dict[str, Floats64],
    tables: dict[str, list[pd.DataFrame]],
    summary: Summary,
    card: Dataset,
) -> None:
    """Write `roc`, `auc`, `scores`, `dataset` and, where they apply, `sizes`, `histories` and `closure`.

    Arguments:
        folder: output directory for each figure as PNG and PDF.
        comparison: the results.
        sample: the B test jets.
        discriminants: each tagger's scores on them, (S, B), at the largest training-sample size.
        tables: each tagger's training histories, at the same size.
        summary: of the dataset.
        card: of the dataset, for labels and colours.
    """
    figures = {
        "roc": partial(plot_roc, comparison),
        "auc": partial(plot_auc, comparison),
        "scores": partial(plot_scores, comparison, sample, discriminants, card.classes),
        "dataset": partial(plot_dataset, summary, card),
    }
    if comparison.sizes:
        figures["sizes"] = partial(plot_sizes, comparison)
    if any(tables.values()):
        figures["histories"] = partial(plot_histories, comparison, tables)
    if summary.reweighting is not None:
        figures["closure"] = partial(plot_closure, summary, card)
    for name, draw in figures.items():
        write_figure(draw, folder, name)
