"""One jet variable as a tagger: the baseline of a cut, and the likelihood ratio where it is known.

The score increases or decreases strictly with the variable, so it ranks the jets as the variable does.
"""

from typing import Annotated, Any, NamedTuple

from pydantic import Field

ENGINE = "one variable"
INPUTS = "scalars"


class Fit(NamedTuple):
    """How the probability follows from the variable.

    Attributes:
        signal: the class in the numerator if the variable is a log likelihood ratio, else None.
        bins: maximum number of bins in which it is measured otherwise.
    """

    signal: str | None
    bins: int


def check(card: Any) -> None:
    """Raise ValueError unless the card has a single variable."""
    if len(card.inputs.scalars) != 1:
        given = ", ".join(card.inputs.scalars)
        raise ValueError(f"key 'inputs.scalars': architecture 'one_variable' takes one variable, not {given}")


def build(
    *,
    signal: Annotated[
        str | None,
        Field(description="if the variable is a log likelihood ratio: the class in its numerator; nothing is fitted"),
    ] = None,
    bins: Annotated[int, Field(gt=1, le=1000, description="maximum number of bins, with equal numbers of jets")] = 50,
) -> Fit:
    """Return how the probability is found from the training jets."""
    return Fit(signal, bins)
