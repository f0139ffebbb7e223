"""The section of a dataset card that makes the classes alike in two variables for training."""

from typing import Annotated, Literal

from pydantic import Field

from tagwerk.cards.base import Section

Bins = Annotated[int, Field(gt=0, le=1000)]


class Reweighting(Section):
    """Training jets of each class get the spectrum of a reference class in two variables; test jets stay."""

    reference: str = Field(description="the class whose spectrum the others get")
    variables: tuple[str, str] = Field(default=("pt", "eta"), description="two jet variables")
    bins: tuple[Bins, Bins] = Field(
        default=(50, 10), description="how many bins each variable has, with equal shares of the reference"
    )
    method: Literal["weights", "resampling"] = Field(
        default="weights", description="whether jets get weights, or are drawn again and again by them"
    )
    largest: float = Field(default=10, gt=1, description="the most that a jet may count, in units of its class's mean")
