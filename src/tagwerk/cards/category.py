"""The section of a study card on a category of jets that is evaluated separately."""

from pydantic import Field, field_validator

from tagwerk.cards.base import Section
from tagwerk.cards.expressions import counted_branches
from tagwerk.cards.momenta import Expression, Name
from tagwerk.cards.signal_efficiencies import WorkingPoints
from tagwerk.cards.titles import FigureText


class Category(Section):
    """A category of jets with working points of its own, such as tau candidates with one core track."""

    name: Name = Field(description="name in files")
    title: FigureText = Field(description="name in figures and the report")
    selection: Expression = Field(
        description="true for jets of this category, in terms of jet variables; a jet may be in one category at most"
    )
    working_points: WorkingPoints | None = Field(
        default=None, description="signal efficiencies at which rejections are quoted; those of the study by default"
    )

    @field_validator("selection")
    @classmethod
    def _has_one_number_per_jet(cls, value: str) -> str:
        if counted_branches(value):
            raise ValueError("'count' is for lists, but a jet variable is one number per jet; compare the variable")
        return value
