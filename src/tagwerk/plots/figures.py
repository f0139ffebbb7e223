"""All figures of a comparison, by name."""

from functools import partial
from pathlib import Path

import pandas as pd

from tagwerk.cards.dataset import Dataset
from tagwerk.evaluation.result import Comparison
from tagwerk.evaluation.sample import Floats, Sample
from tagwerk.plots.auc import auc
from tagwerk.plots.closure import closure
from tagwerk.plots.dataset import dataset
from tagwerk.plots.histories import histories
from tagwerk.plots.look import write_figure
from tagwerk.plots.roc import roc
from tagwerk.plots.scores import scores
from tagwerk.plots.sizes import sizes
from tagwerk.shards.summary import Summary


def write_figures(
    folder: Path,
    comparison: Comparison,
    sample: Sample,
    discriminants: dict[str, Floats],
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
