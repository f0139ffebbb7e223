"""The result of the check of one file, as stored in JSON and shown in the report."""

from pathlib import Path
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, NonNegativeInt, ValidationError, model_validator

from tagwerk.cards.check_levels import Severity
from tagwerk.checksums import read_json, unusable_file


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, allow_inf_nan=False)


class CheckedVariable(_Model):
    """A variable of the selected jets, in GeV and radians.

    Attributes:
        name: as in the record, such as `jet.pt` or `constituents.d0`.
        branch: its branch in the file.
        type: its type in the file.
        values, nan, infinite: number of all values, of NaN and of infinite ones.
        low, median, high: of the finite values; the median is that of the first ones read.
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
    """A fault in a file.

    Attributes:
        check: its key in the card's section `checks`.
        severity: as set in the card.
        where: a variable, sequence or class; empty for the file.
        count, of: number of cases, and of all that could be, in the unit that `text` begins with.
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
            raise ValueError(f"counts {self.count} of 0")
        return self


class CheckResult(_Model):
    """The result of the check of one file.

    Attributes:
        file: its path.
        jets: number of jets in the file.
        selected: number of jets that pass the selections.
        left_out: number of selected jets that ingest drops for a fault.
        classes: number of selected jets per class.
        pieces: number of usable jets in train, validation and test of an official split.
        variables: of the selected jets.
        faults: the most severe first.
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
    def load(cls, path: Path) -> "CheckResult":
        """Return the result in a JSON file.

        Raises:
            UserError: the file is missing or damaged, or is not the result of a check.
        """
        try:
            return cls.model_validate_json(read_json(path, "tagwerk check"))
        except ValidationError:
            raise unusable_file(path, "not the result of a check", "tagwerk check") from None

    def faults_of(self, severity: Severity) -> list[Fault]:
        """Return the faults of this severity."""
        return [fault for fault in self.faults if fault.severity == severity]


class FileChecks(_Model):
    """The results of the checks of several files."""

    files: list[CheckResult]


def load_checks(path: Path) -> list[CheckResult]:
    """Return the results in a JSON file: one, or those of several files.

    Raises:
        UserError: as `CheckResult.load`.
    """
    try:
        return FileChecks.model_validate_json(read_json(path, "tagwerk check")).files
    except ValidationError:
        return [CheckResult.load(path)]
