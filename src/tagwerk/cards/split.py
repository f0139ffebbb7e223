"""The section of a dataset card that splits the events into training, validation and test."""

from typing import Any, Self

from pydantic import Field, model_validator

from tagwerk.cards.base import Section
from tagwerk.cards.momenta import Expression
from tagwerk.cards.official_split import FilePieces
from tagwerk.errors import UserError

SPLITS = ("train", "validation", "test")
_SHARES = {"train": 0.6, "validation": 0.2, "test": 0.2}
# Alternatives to shares.
_ALTERNATIVES = ("folds", "selections", "files")


class Selections(Section):
    """The jets of each piece, by columns such as the one that marks the official split of a dataset."""

    train: Expression = Field(description="true for training jets, in terms of branches")
    validation: Expression | None = Field(default=None, description="true for the jets for early stopping")
    test: Expression = Field(description="true for the jets that only the comparison uses")

    def by_piece(self) -> dict[str, str]:
        """Return the selection of each piece that has one."""
        selections = {"train": self.train, "validation": self.validation, "test": self.test}
        return {piece: selection for piece, selection in selections.items() if selection is not None}


class Split(Section):
    """The events for training, for early stopping, and for testing: shares of all, folds, or an official split."""

    train: float | None = Field(
        default=None, gt=0, lt=1, description="share of the events for training; 0.6 by default"
    )
    validation: float | None = Field(default=None, gt=0, lt=1, description="share for early stopping; 0.2 by default")
    test: float | None = Field(
        default=None, gt=0, lt=1, description="share that only the comparison uses; 0.2 by default"
    )
    folds: int | None = Field(
        default=None,
        ge=3,
        le=100,
        description="number of equal folds, instead of shares; the study's `fold` is the test fold",
    )
    selections: Selections | None = Field(
        default=None, description="official split marked by a column, instead of shares"
    )
    files: FilePieces | None = Field(default=None, description="official split by files, instead of shares")
    validation_from_train: float | None = Field(
        default=None,
        gt=0,
        lt=1,
        description="share of `train` for early stopping, if an official split has no validation",
    )

    @model_validator(mode="before")
    @classmethod
    def _has_shares_by_default(cls, values: Any) -> Any:
        if not isinstance(values, dict) or any(values.get(kind) is not None for kind in _ALTERNATIVES):
            return values
        return _SHARES | {name: value for name, value in values.items() if value is not None}

    @model_validator(mode="after")
    def _is_of_one_kind(self) -> Self:
        given = {name: share for name, share in self._shares().items() if share is not None}
        kinds = [kind for kind in _ALTERNATIVES if getattr(self, kind) is not None]
        keys = [*kinds, *sorted(given)]
        if kinds and len(keys) > 1:
            raise ValueError(f"has '{keys[0]}' and '{keys[1]}'; give one of shares, folds, selections and files")
        if given and abs(sum(given.values()) - 1) > 1e-9:
            raise ValueError("train, validation and test must add up to 1")
        return self

    @model_validator(mode="after")
    def _has_one_validation(self) -> Self:
        official, share = self.selections or self.files, self.validation_from_train
        if official is None and share is not None:
            raise ValueError("'validation_from_train' is for an official split, in 'selections' or 'files'; drop it")
        if official is not None and bool(official.validation) == (share is not None):
            key = f"'validation' in '{self.kind}'"
            if share is not None:
                raise ValueError(f"{key} and 'validation_from_train' are both given; give one")
            raise ValueError(f"neither {key} nor 'validation_from_train' is given; give one")
        return self

    @property
    def kind(self) -> str:
        """How events are assigned to pieces: selections, files, folds or shares."""
        return next((kind for kind in _ALTERNATIVES if getattr(self, kind) is not None), "shares")

    @property
    def official(self) -> bool:
        """Whether the dataset itself assigns jets to pieces; otherwise a hash of the event does."""
        return self.kind in ("selections", "files")

    def piece_names(self) -> list[str]:
        """Return the pieces that ingest writes, in the order of their indices."""
        return list(SPLITS) if self.official else list(self.shares())

    def shares(self) -> dict[str, float]:
        """Return the share of the events that a hash assigns to each piece; empty for an official split."""
        if self.official:
            return {}
        if self.folds is not None:
            return {f"fold_{index}": 1 / self.folds for index in range(self.folds)}
        return {name: share for name, share in self._shares().items() if share is not None}

    def pieces(self, fold: int = 0) -> dict[str, list[str]]:
        """Return the pieces that make up train, validation and test.

        With folds, this one is for testing, the next one for early stopping, and all others for training.

        Raises:
            UserError: there is no such fold.
        """
        if fold and (self.folds is None or not 0 <= fold < self.folds):
            known = f"0 to {self.folds - 1}" if self.folds is not None else "none, its 'split' has no 'folds'"
            raise UserError(f"there is no fold {fold}; known: {known}")
        if self.folds is None:
            return {split: [split] for split in SPLITS}
        rotated = [f"fold_{(fold + offset) % self.folds}" for offset in range(self.folds)]
        return {"train": sorted(rotated[2:]), "validation": [rotated[1]], "test": [rotated[0]]}

    def _shares(self) -> dict[str, float | None]:
        return {"train": self.train, "validation": self.validation, "test": self.test}
