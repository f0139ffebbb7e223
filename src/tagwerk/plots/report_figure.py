"""The description of a figure of the report: what it is drawn from, and what the page says of it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import pandas as pd
from matplotlib.figure import Figure

from tagwerk.arrays import Floats64
from tagwerk.cards.dataset import Dataset
from tagwerk.cards.experiment import SIMULATED, Experiment
from tagwerk.evaluation.compared_jets import ComparedJets
from tagwerk.evaluation.comparison import Comparison
from tagwerk.summaries.summary import Summary

Section = Literal[
    "results",
    "pairs",
    "classes",
    "cost",
    "sizes",
    "optimum",
    "scores",
    "profiles",
    "calibration",
    "mass",
    "agreement",
    "robustness",
    "importance",
    "training",
    "dataset",
    "reweighting",
]


@dataclass(frozen=True)
class Results:
    """What figures are drawn from.

    Attributes:
        comparison: the results.
        sample: the B test jets.
        discriminants: each tagger's scores on them, (S, B), at the largest training-sample size.
        histories: each tagger's training histories, at the same size.
        summary: of the dataset; None for a study of score files alone.
        card: of the dataset; None for a study of score files alone. Labels and colours are in the comparison.
        experiment: whose style and label the figures have.
        category: name of the category whose comparison it is; None for that of all test jets.
    """

    comparison: Comparison
    sample: ComparedJets
    discriminants: dict[str, Floats64]
    histories: dict[str, list[pd.DataFrame]]
    summary: Summary | None
    card: Dataset | None
    experiment: Experiment = SIMULATED
    category: str | None = None

    @property
    def dataset(self) -> tuple[Summary, Dataset]:
        """Summary and card of the dataset, for figures that apply only where there is one."""
        assert self.summary is not None, "a study of score files alone has no dataset"
        assert self.card is not None, "it has a summary"
        return self.summary, self.card

    @property
    def titles(self) -> str:
        """The titles of all taggers, in order of descending AUC."""
        return ", ".join(each.title for each in sorted(self.comparison.taggers, key=lambda each: -each.auc.value))

    @property
    def best(self) -> str:
        """The title of the best tagger."""
        return self.comparison.titles[self.comparison.best]


@dataclass(frozen=True)
class ReportFigure:
    """A figure of the report.

    Attributes:
        section: of the page.
        draw: draws it.
        alt: describes it to those who cannot see it.
        caption: explains it.
        numbers: what it shows, one row per point, bin or bar.
        applies: whether a study has it.
        panels: how many are next to one another, which need width.
        place: among the figures of its section, in ascending order.
        by_category: whether each category of jets has one, too, which is drawn from its comparison alone.
    """

    section: Section
    draw: Callable[[Results], Figure]
    alt: Callable[[Results], str]
    caption: Callable[[Results], str]
    numbers: Callable[[Results], pd.DataFrame]
    applies: Callable[[Results], bool] = lambda _: True
    panels: Callable[[Results], int] = lambda _: 1
    place: int = 1
    by_category: bool = False
