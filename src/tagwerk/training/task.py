"""The task of a training."""

from dataclasses import dataclass
from pathlib import Path
from typing import Self

from tagwerk.cards.dataset import Dataset
from tagwerk.cards.input_columns import schema_of
from tagwerk.cards.tagger import Tagger
from tagwerk.errors import UserError
from tagwerk.layers.schema import Schema
from tagwerk.summaries.summary import Summary


@dataclass(frozen=True)
class Task:
    """What to train: the tagger, its input columns, the summary of the dataset, the number of epochs and the seed."""

    tagger: Tagger
    schema: Schema
    summary: Summary
    epochs: int
    seed: int

    @classmethod
    def of(cls, tagger: Tagger, dataset: Dataset, summary: Summary, epochs: int, seed: int) -> Self:
        """Return the task of training a tagger on a dataset."""
        schema = schema_of(dataset, tagger.inputs)
        return cls(tagger, schema.with_truth() if tagger.needs_truth else schema, summary, epochs, seed)

    def check(self, path: Path, dataset: Dataset) -> None:
        """Raise UserError if the summary, read from this path, is not of this dataset."""
        if self.summary.classes != self.schema.classes:
            raise UserError(
                f"{path}: has classes {self.summary.classes}, the dataset card {self.schema.classes}; summarise again"
            )
        factors = self.summary.reweighting
        if dataset.reweighting != (factors.card if factors is not None else None):
            raise UserError(f"{path}: its section 'reweighting' differs from the dataset card's; summarise again")
        inputs = self.tagger.inputs
        for group, names in {"jet": inputs.scalars, **inputs.sequences, **inputs.trees}.items():
            for name in names:
                if name not in self.summary.moments.get(group, {}):
                    raise UserError(f"{path}: has no moments of '{name}' of '{group}'; summarise again")
                self._check_finite(path, group, name)

    def _check_finite(self, path: Path, group: str, name: str) -> None:
        """Raise UserError if a network would see values that are not finite; boosted trees can handle them."""
        count = self.summary.not_finite.get(group, {}).get(name, 0)
        if count and self.tagger.engine == "keras":
            fault = f"{count:,} values of '{name}' of '{group}' are infinite or NaN in the training jets"
            raise UserError(f"{path}: {fault}; exclude such jets in the dataset card, or train without '{name}'")
