"""The signal efficiencies at which a study quotes rejections."""

from typing import Annotated

from annotated_types import Gt, Lt
from pydantic import AfterValidator, Field

from tagwerk.cards.base import first_duplicate

_MAX_WORKING_POINTS = 10  # columns of a table


def _are_distinct(values: list[float]) -> list[float]:
    labels = [f"{value:g}" for value in values]  # as in table headers
    if (label := first_duplicate(labels)) is not None:
        raise ValueError(f"{label} is duplicated; name it once")
    return values


Efficiency = Annotated[float, Gt(0), Lt(1)]
WorkingPoints = Annotated[
    list[Efficiency], Field(min_length=1, max_length=_MAX_WORKING_POINTS), AfterValidator(_are_distinct)
]
