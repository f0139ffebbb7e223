"""The section of a study card that says which taggers should beat which others, for the report to check."""

from typing import Self

from pydantic import Field, model_validator

from tagwerk.cards.base import Section, first_duplicate
from tagwerk.cards.titles import Text


class Expectation(Section):
    """A published pattern: each of the better taggers is ahead of each of the worse ones in AUC."""

    better: list[str] = Field(min_length=1, description="taggers of the study that should be ahead")
    worse: list[str] = Field(min_length=1, description="taggers of the study that should be behind each of those")
    source: Text = Field(description="publication that reports this")
    at_least: bool = Field(default=False, description="whether it suffices that the better ones are not behind")

    @model_validator(mode="after")
    def _name_each_tagger_once(self) -> Self:
        if (name := first_duplicate([*self.better, *self.worse])) is not None:
            raise ValueError(f"'{name}' is duplicated in 'better' and 'worse'; name it once")
        return self
