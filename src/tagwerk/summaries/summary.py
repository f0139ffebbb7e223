"""All that training needs to know of a dataset beforehand: counts, moments, lengths and histograms."""

from pathlib import Path
from typing import Self

from pydantic import BaseModel, Field, NonNegativeInt, ValidationError, model_validator

from tagwerk.cards.split import SPLITS
from tagwerk.checksums import read_json
from tagwerk.errors import UserError
from tagwerk.summaries.reweighted import Reweighted

Moments = dict[str, tuple[float, float]]


class Histogram(BaseModel):
    """A jet variable: the `edges` of its bins, and the sums of weights in them, `counts`, by class."""

    edges: list[float]
    counts: dict[str, list[float]]


class Summary(BaseModel):
    """A dataset in numbers, of its training jets unless said otherwise.

    Attributes:
        dataset: the title of its card.
        classes: names, in the order of the labels.
        counts: jets a split and class, of all splits.
        weights: the sums of their weights.
        effective: how many events of weight one fluctuate like them, (Σw)²/Σw² with the sums w over an event's jets.
        moments: mean and standard deviation of each variable of `jet` and feature of a sequence or tree.
        ranges: of the same, the range that all values are clipped to, before these moments are taken and in the model.
        not_finite: how many values of the same are infinite or NaN, where there are any.
        lengths: a sequence's number of jets with 0, 1, 2, ... constituents.
        histograms: of each jet variable, with weights.
        duplicates: jets, of all splits and files, that stand a second time or more often.
        leaks: events that have jets in two pieces of an official split.
        reweighting: makes the classes alike in two variables for training, where the card asks for it.
    """

    dataset: str
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
    reweighting: Reweighted | None = None

    @model_validator(mode="after")
    def _is_of_its_classes(self) -> Self:
        found = self.reweighting
        names = [set(counts) for counts in self.counts.values()]
        names += [set(each.counts) for each in self.histograms.values()]
        if found is not None:
            names += [set(found.jets), set(found.effective), set(found.factors), {*self.classes, found.card.reference}]
        if not {"train"} <= set(self.counts) <= set(SPLITS) or any(each != set(self.classes) for each in names):
            raise ValueError("numbers are not of its splits and classes")
        for each in self.histograms.values():
            if any(len(counts) != len(each.edges) - 1 for counts in each.counts.values()):
                raise ValueError("a histogram has not one number per bin and class")
        return self

    def check_classes(self, path: Path, classes: list[str]) -> None:
        """Raise UserError where the summary, read from this path, is not of a dataset with these classes."""
        if self.classes != classes:
            raise UserError(f"{path}: classes {self.classes}, but {classes} in the dataset's card; summarise again")

    @classmethod
    def load(cls, path: Path) -> "Summary":
        """Return the summary in a JSON file.

        Raises:
            UserError: the file is missing or damaged, or holds no summary.
        """
        try:
            return cls.model_validate_json(read_json(path, "tagwerk summarise"))
        except ValidationError as error:
            raise UserError(f"{path}: holds no summary; run `tagwerk summarise` again ({_first_line(error)})") from None


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0]
