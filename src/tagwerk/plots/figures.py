"""All figures of a comparison, by name."""

from functools import partial
from pathlib import Path

import pandas as pd

from tagwerk.arrays import Floats64
from tagwerk.cards.dataset import Dataset
from tagwerk.evaluation.compared_jets import ComparedJets
from tagwerk.evaluation.comparison import Comparison
from tagwerk.plots.auc import auc
from tagwerk.plots.closure import closure
from tagwerk.plots.histories import histories
from tagwerk.plots.jet_variables import dataset
from tagwerk.plots.roc import roc
from tagwerk.plots.score_distributions import scores
from tagwerk.plots.style import write_figure
from tagwerk.plots.training_sizes import sizes
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
    """Write `roc`, `auc`, `scores`, `dataset` and, where there is one, `sizes`, `histories` and `closure`.

    Arguments:
        folder: where to, each as PNG and PDF.
        comparison: the numbers.
        sample: the B test jets.
        discriminants: each tagger's scores on them, (S, B), at the largest size of the training sample.
        tables: each tagger's training histories, of that size too.
        summary: the dataset in numbers.
        card: its card, for labels and colours.
    """
    figures = {
        "roc": partial(roc, comparison),
        "auc": partial(auc, comparison),
        "scores": partial(scores, comparison, sample, discriminants, card.classes),
        "dataset": partial(dataset, summary, card),
    }
    if comparison.sizes:
        figures["sizes"] = partial(sizes, comparison)
    if any(tables.values()):
        figures["histories"] = partial(histories, comparison, tables)
    if summary.reweighting is not None:
        figures["closure"] = partial(closure, summary, card)
    for name, draw in figures.items():
        write_figure(draw, folder, name)
