"""The section of a dataset card that reweights the training jets in two variables."""

from typing import Annotated, Literal

from pydantic import Field

from tagwerk.cards.base import Section

Bins = Annotated[int, Field(gt=0, le=1000)]


class Reweighting(Section):
    """Training jets of each class get the spectrum of a reference class in two variables; test jets are unchanged."""

    reference: str = Field(description="class to whose spectrum the others are reweighted")
    variables: tuple[str, str] = Field(default=("pt", "eta"), description="two jet variables")
    bins: tuple[Bins, Bins] = Field(
        default=(50, 10), description="number of bins in each variable, with equal shares of the reference"
    )
    method: Literal["weights", "resampling"] = Field(
        default="weights", description="whether jets are weighted, or resampled with these weights"
    )
    largest: float = Field(default=10, gt=1, description="largest weight of a jet, relative to the mean of its class")
