"""The section of a study card that gives its figures the style and the label of an experiment."""

from collections.abc import Callable
from typing import Annotated

from annotated_types import Gt
from pydantic import AfterValidator, Field

from tagwerk.cards.base import Section
from tagwerk.cards.titles import FigureText

_MAX_NAME, _MAX_STATUS = 25, 40  # characters; all of them are on one line above the axes


def _of_at_most(characters: int) -> Callable[[str], str]:
    def check(text: str) -> str:
        if len(text) > characters:
            raise ValueError(f"has {len(text)} characters, but the label is on one line; use at most {characters}")
        return text

    return check


class Experiment(Section):
    """The label of the figures; ATLAS, CMS, LHCb and ALICE also have a style, by mplhep."""

    name: Annotated[FigureText, AfterValidator(_of_at_most(_MAX_NAME))] = Field(
        description="ATLAS, CMS, LHCb, ALICE or another text, in bold"
    )
    status: Annotated[FigureText, AfterValidator(_of_at_most(_MAX_STATUS))] | None = Field(
        default=None, description="text after it, such as Simulation Preliminary; none by default"
    )
    energy: Annotated[FigureText, AfterValidator(_of_at_most(_MAX_NAME))] | None = Field(
        default=None, description="centre-of-mass energy with its unit, such as 13.6 TeV"
    )
    lumi: Annotated[float, Gt(0)] | None = Field(default=None, description="integrated luminosity [fb⁻¹]")


SIMULATED = Experiment(name="Tagwerk", status="Simulation")
# ASSUME: whether jets from files were simulated, and by whom, is for the study card to say.
FROM_FILES = Experiment(name="Tagwerk")
