"""How training jets are weighted so that all classes have the spectrum of one of them."""

import numpy as np
from pydantic import BaseModel

from tagwerk.arrays import Floats, Ints
from tagwerk.cards.reweighting import Reweighting


class Closure(BaseModel):
    """A variable of the training jets before and after, in finer bins than the factors were made in.

    Attributes:
        edges: of the bins; before the first and after the last is another bin, for what lies outside.
        before, after: sums of weights by class.
        errors: of `after`, the square root of the sum of squared weights.
    """

    edges: list[float]
    before: dict[str, list[float]]
    after: dict[str, list[float]]
    errors: dict[str, list[float]]


class Reweighted(BaseModel):
    """Factors on the weights of training jets, and what they do.

    Attributes:
        card: the section of the dataset's card that asks for it.
        edges: between the bins of each of the two variables; the outermost bins have no end, so no jet is lost.
        factors: of each class, by the bins of the two variables.
        jets: training jets by class.
        effective: jets of one weight that fluctuate as little, (sum of w)² / (sum of w²), by class.
        closure: by variable.
    """

    card: Reweighting
    edges: tuple[list[float], list[float]]
    factors: dict[str, list[list[float]]]
    jets: dict[str, int]
    effective: dict[str, float]
    closure: dict[str, Closure]

    def factor(self, label: Ints, one: Floats, other: Floats) -> Floats:
        """Return the factor on the weight of each of N jets, from class index and the two variables, each (N,)."""
        table = np.array(list(self.factors.values()))
        return np.asarray(table[label, bin_of(one, self.edges[0]), bin_of(other, self.edges[1])])


def bin_of(values: Floats, edges: list[float] | Floats) -> Ints:
    """Return how many of the rising edges each value (N,) has reached: one bin more than there are edges."""
    return np.searchsorted(np.asarray(edges, np.float64), np.asarray(values, np.float64), side="right")
