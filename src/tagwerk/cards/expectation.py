"""The section of a study card that says which taggers should be ahead of which others, so that the report can judge."""

from typing import Self

from pydantic import Field, model_validator

from tagwerk.cards.base import Section, repeated
from tagwerk.cards.titles import Text


class Expectation(Section):
    """A pattern that was published: each of the better taggers ahead of each of the worse, by AUC."""

    better: list[str] = Field(min_length=1, description="taggers of the study that should be ahead")
    worse: list[str] = Field(min_length=1, description="taggers of the study that should be behind each of those")
    source: Text = Field(description="where this was published")
    at_least: bool = Field(default=False, description="whether it is enough that the better ones are not behind")

    @model_validator(mode="after")
    def _name_each_tagger_once(self) -> Self:
        if (name := repeated([*self.better, *self.worse])) is not None:
            raise ValueError(f"'{name}' stands twice in 'better' and 'worse'; name it once")
        return self
