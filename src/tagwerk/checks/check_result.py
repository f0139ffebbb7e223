"""What a check found in one file, as it is kept in JSON and shown in the report."""

from pathlib import Path
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, NonNegativeInt, ValidationError, model_validator

from tagwerk.cards.check_levels import Severity
from tagwerk.checksums import read_json
from tagwerk.errors import UserError


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, allow_inf_nan=False)


class CheckedVariable(_Model):
    """A variable of the jets selected, in GeV and radians.

    Attributes:
        name: as in the record, such as `jet.pt` or `constituents.d0`.
        branch: where it stands in the file.
        type: in the file.
        values, nan, infinite: how many values there are, and how many of them are no numbers or infinite.
        low, median, high: of those that are finite; the median is that of the first ones read.
    """

    name: str
    branch: str
    type: str
    values: int
    nan: int
    infinite: int
    low: float | None
    median: float | None
    high: float | None


class Fault(_Model):
    """Something wrong.

    Attributes:
        check: its key in the card's section `checks`.
        severity: what the card makes of it.
        where: a variable, sequence or class; empty for the file.
        count, of: how many, of how many, in the words of `text`.
        text: what is wrong and what to do, in one line.
    """

    check: str
    severity: Severity
    where: str
    count: NonNegativeInt
    of: NonNegativeInt
    text: str

    @model_validator(mode="after")
    def _is_a_share(self) -> Self:
        if self.count and not self.of:
            raise ValueError(f"counts {self.count} of none")
        return self


class Check(_Model):
    """What a check found.

    Attributes:
        file: its path.
        jets: that the file holds.
        selected: those that pass the selections.
        left_out: of the selected, those that ingest leaves out for a fault.
        classes: the selected jets of each class.
        pieces: those of train, validation and test that can be used, of an official split.
        variables: of the selected jets.
        faults: the gravest first.
    """

    file: str
    jets: NonNegativeInt
    selected: NonNegativeInt
    left_out: NonNegativeInt
    classes: dict[str, NonNegativeInt]
    pieces: dict[str, NonNegativeInt] = Field(default={}, exclude_if=lambda pieces: not pieces)
    variables: list[CheckedVariable]
    faults: list[Fault]

    @classmethod
    def load(cls, path: Path) -> "Check":
        """Return the check in a JSON file.

        Raises:
            UserError: the file is missing or damaged, or holds no check.
        """
        try:
            return cls.model_validate_json(read_json(path, "tagwerk check"))
        except ValidationError:
            raise UserError(f"{path}: holds no check; run `tagwerk check` again") from None

    def of(self, severity: Severity) -> list[Fault]:
        """Return the faults of this severity."""
        return [fault for fault in self.faults if fault.severity == severity]
