"""The section of a dataset card that says which events train, choose the best epoch, and measure."""

from typing import Any, Self

from pydantic import Field, model_validator

from tagwerk.cards.base import Section
from tagwerk.cards.momenta import Expression
from tagwerk.cards.official_split import FilePieces
from tagwerk.errors import UserError

SPLITS = ("train", "validation", "test")
_SHARES = {"train": 0.6, "validation": 0.2, "test": 0.2}
# What there may be instead of shares.
_OTHERWISE = ("folds", "selections", "files")


class Selections(Section):
    """The jets of each piece, by columns such as the one in which a data set marks its official split."""

    train: Expression = Field(description="true for the jets to train on, in terms of branches")
    validation: Expression | None = Field(default=None, description="true for those to stop training by")
    test: Expression = Field(description="true for those that only the comparison sees")

    def given(self) -> dict[str, str]:
        """Return the selection of each piece that has one."""
        found = {"train": self.train, "validation": self.validation, "test": self.test}
        return {name: each for name, each in found.items() if each is not None}


class Split(Section):
    """The events that train, choose the best epoch, and measure: shares of all, folds, or an official split."""

    train: float | None = Field(default=None, gt=0, lt=1, description="share of the events to train on; 0.6 by default")
    validation: float | None = Field(default=None, gt=0, lt=1, description="share to stop training by; 0.2 by default")
    test: float | None = Field(
        default=None, gt=0, lt=1, description="share that only the comparison sees; 0.2 by default"
    )
    folds: int | None = Field(
        default=None, ge=3, le=100, description="instead of shares: so many equal ones; the study's `fold` is tested"
    )
    selections: Selections | None = Field(
        default=None, description="instead of shares: an official split that a column marks"
    )
    files: FilePieces | None = Field(default=None, description="instead of shares: an official split by files")
    validation_from_train: float | None = Field(
        default=None, gt=0, lt=1, description="share of `train` to stop training by, of an official split without"
    )

    @model_validator(mode="before")
    @classmethod
    def _has_shares_by_default(cls, values: Any) -> Any:
        if not isinstance(values, dict) or any(values.get(kind) is not None for kind in _OTHERWISE):
            return values
        return _SHARES | {name: each for name, each in values.items() if each is not None}

    @model_validator(mode="after")
    def _is_of_one_kind(self) -> Self:
        given = {name: share for name, share in self._shares().items() if share is not None}
        kinds = [kind for kind in _OTHERWISE if getattr(self, kind) is not None]
        both = [*kinds, *sorted(given)]
        if kinds and len(both) > 1:
            raise ValueError(f"has '{both[0]}' and '{both[1]}'; give one of shares, folds, selections and files")
        if given and abs(sum(given.values()) - 1) > 1e-9:
            raise ValueError("train, validation and test must add up to 1")
        return self

    @model_validator(mode="after")
    def _has_one_validation(self) -> Self:
        official, share = self.selections or self.files, self.validation_from_train
        if official is None and share is not None:
            raise ValueError("'validation_from_train' is for an official split, in 'selections' or 'files'; drop it")
        if official is not None and bool(official.validation) == (share is not None):
            what = "both" if share is not None else "neither"
            raise ValueError(f"'validation' in '{self.kind}' and 'validation_from_train' are {what} given; give one")
        return self

    @property
    def kind(self) -> str:
        """How events come to their pieces: selections, files, folds or shares."""
        return next((each for each in _OTHERWISE if getattr(self, each) is not None), "shares")

    @property
    def official(self) -> bool:
        """Whether the data set says itself which jets are of which piece; else a hash of the event does."""
        return self.kind in ("selections", "files")

    def names(self) -> list[str]:
        """Return the pieces that ingest writes, in the order of their indices."""
        return list(SPLITS) if self.official else list(self.shares())

    def shares(self) -> dict[str, float]:
        """Return the pieces that a hash deals events to, each with its share of them; none of an official split."""
        if self.official:
            return {}
        if self.folds is not None:
            return {f"fold_{number}": 1 / self.folds for number in range(self.folds)}
        return {name: share for name, share in self._shares().items() if share is not None}

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

    def _shares(self) -> dict[str, float | None]:
        return {"train": self.train, "validation": self.validation, "test": self.test}
