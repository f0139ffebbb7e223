"""The summary of a dataset: counts, moments, lengths and histograms."""

from pathlib import Path
from typing import Self

from pydantic import BaseModel, Field, NonNegativeInt, ValidationError, model_validator

from tagwerk.cards.split import SPLITS
from tagwerk.checksums import read_json, unusable_file
from tagwerk.errors import UserError
from tagwerk.summaries.reweighted import ReweightingFactors

Moments = dict[str, tuple[float, float]]


class Histogram(BaseModel):
    """The histogram of a jet variable: bin `edges`, and sums of weights, `counts`, by class."""

    edges: list[float]
    counts: dict[str, list[float]]


class Summary(BaseModel):
    """The summary of a dataset, of its training jets unless stated otherwise.

    Attributes:
        classes: names, in the order of the labels.
        counts: of jets per split and class.
        weights: the sums of their weights.
        effective: their effective number of events, (Σw)²/Σw² with w summed over the jets of an event.
        moments: mean and standard deviation of each variable of `jet` and feature of a sequence or tree.
        ranges: to which the same are clipped, for these moments and in the model.
        not_finite: number of infinite or NaN values of the same, where there are any.
        lengths: for each sequence, the number of jets with 0, 1, 2, ... constituents.
        histograms: of each jet variable, with weights.
        duplicates: number of repeated jets, in all splits and files.
        leaks: number of events with jets in two pieces of an official split.
        reweighting: of the classes in two variables for training, if the card asks for it.
    """

    classes: list[str]
    counts: dict[str, dict[str, NonNegativeInt]]
    weights: dict[str, dict[str, float]] = {}
    effective: dict[str, dict[str, float]] = {}
    moments: dict[str, Moments]
    ranges: dict[str, Moments] = {}
    not_finite: dict[str, dict[str, int]] = {}
    lengths: dict[str, list[int]]
    histograms: dict[str, Histogram]
    duplicates: int = 0
    leaks: int = Field(default=0, exclude_if=lambda count: not count)
    reweighting: ReweightingFactors | None = None

    @model_validator(mode="after")
    def _matches_its_classes(self) -> Self:
        factors = self.reweighting
        keys = [set(counts) for counts in self.counts.values()]
        keys += [set(histogram.counts) for histogram in self.histograms.values()]
        if factors is not None:
            keys += [set(factors.jets), set(factors.effective), set(factors.factors)]
            keys.append({*self.classes, factors.card.reference})
        if not {"train"} <= set(self.counts) <= set(SPLITS) or any(classes != set(self.classes) for classes in keys):
            raise ValueError("the numbers do not match its splits and classes")
        for histogram in self.histograms.values():
            if any(len(counts) != len(histogram.edges) - 1 for counts in histogram.counts.values()):
                raise ValueError("a histogram does not have one number per bin and class")
        return self

    def check_classes(self, path: Path, classes: list[str]) -> None:
        """Raise UserError if the summary, read from this path, has other classes."""
        if self.classes != classes:
            raise UserError(f"{path}: classes {self.classes}, but {classes} in the dataset card; summarise again")

    @classmethod
    def load(cls, path: Path) -> "Summary":
        """Return the summary in a JSON file.

        Raises:
            UserError: the file is missing, damaged or not a summary.
        """
        try:
            return cls.model_validate_json(read_json(path, "tagwerk summarise"))
        except ValidationError:
            raise unusable_file(path, "is not a summary", "tagwerk summarise") from None
