"""What is to be trained."""

from dataclasses import dataclass
from pathlib import Path

from tagwerk.cards.dataset import Dataset
from tagwerk.cards.tagger import Tagger
from tagwerk.errors import UserError
from tagwerk.layers.schema import Schema
from tagwerk.summaries.summary import Summary


@dataclass(frozen=True)
class Task:
    """What is to be trained: a tagger, the columns that it sees, the dataset in numbers, and the budget."""

    tagger: Tagger
    schema: Schema
    summary: Summary
    epochs: int
    seed: int

    def check(self, path: Path, dataset: Dataset) -> None:
        """Raise UserError where the summary, read from this path, is not of this dataset."""
        if self.summary.classes != self.schema.classes:
            raise UserError(
                f"{path}: has classes {self.summary.classes}, the dataset's card {self.schema.classes}; summarise again"
            )
        reweighted = self.summary.reweighting
        if dataset.reweighting != (reweighted.card if reweighted is not None else None):
            said = "was made with another section 'reweighting' than the dataset's card has; summarise again"
            raise UserError(f"{path}: {said}")
        inputs = self.tagger.inputs
        for group, names in {"jet": inputs.scalars, **inputs.sequences, **inputs.trees}.items():
            for name in names:
                if name not in self.summary.moments.get(group, {}):
                    raise UserError(f"{path}: has no moments of '{name}' of '{group}'; summarise again")
                self._check_finite(path, group, name)

    def _check_finite(self, path: Path, group: str, name: str) -> None:
        """Raise UserError where a network would see a variable that is not finite; boosted trees know what to do."""
        count = self.summary.not_finite.get(group, {}).get(name, 0)
        if count and self.tagger.engine == "keras":
            found = f"{count:,} values of '{name}' of '{group}' are infinite or NaN in the training jets"
            raise UserError(f"{path}: {found}; select such jets away in the dataset's card, or train without '{name}'")
