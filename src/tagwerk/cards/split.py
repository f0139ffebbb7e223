"""The section of a dataset card that says which events train, choose the best epoch, and measure."""

from typing import Self

from pydantic import Field, model_validator

from tagwerk.cards.base import Section
from tagwerk.errors import UserError

SPLITS = ("train", "validation", "test")


class Split(Section):
    """The shares of events that train, choose the best epoch, and measure; or folds that take turns."""

    train: float = Field(default=0.6, gt=0, lt=1, description="share of the events to train on")
    validation: float = Field(default=0.2, gt=0, lt=1, description="share to stop training by")
    test: float = Field(default=0.2, gt=0, lt=1, description="share that only the comparison sees")
    folds: int | None = Field(
        default=None, ge=3, le=100, description="instead of shares: so many equal ones; the study's `fold` is tested"
    )

    @model_validator(mode="after")
    def _is_of_one_kind(self) -> Self:
        shares = self.model_fields_set & set(SPLITS)
        if self.folds is not None and shares:
            raise ValueError(f"has 'folds' and '{min(shares)}'; give either folds or shares")
        if abs(self.train + self.validation + self.test - 1) > 1e-9:
            raise ValueError("train, validation and test must add up to 1")
        return self

    def shares(self) -> dict[str, float]:
        """Return the pieces that events are dealt to, each with its share of them."""
        if self.folds is not None:
            return {f"fold_{number}": 1 / self.folds for number in range(self.folds)}
        return dict(zip(SPLITS, (self.train, self.validation, self.test), strict=True))

    def pieces(self, fold: int = 0) -> dict[str, list[str]]:
        """Return the pieces that make up train, validation and test.

        Of folds, the one of this number is tested, the next one chooses the best epoch, and all others train.

        Raises:
            UserError: there is no fold of this number.
        """
        if fold and (self.folds is None or not 0 <= fold < self.folds):
            known = f"0 to {self.folds - 1}" if self.folds is not None else "none, its 'split' has no 'folds'"
            raise UserError(f"there is no fold {fold}; known are: {known}")
        if self.folds is None:
            return {split: [split] for split in SPLITS}
        turned = [f"fold_{(fold + number) % self.folds}" for number in range(self.folds)]
        return {"train": sorted(turned[2:]), "validation": [turned[1]], "test": [turned[0]]}
