"""Reweighting of training jets, so that all classes have the spectrum of a reference class."""

import numpy as np
from pydantic import BaseModel

from tagwerk.arrays import Floats, Ints
from tagwerk.cards.reweighting import Reweighting


class Closure(BaseModel):
    """A variable of the training jets before and after reweighting, in finer bins than those of the factors.

    Attributes:
        edges: of the bins; an underflow bin precedes the first, an overflow bin follows the last.
        before, after: sums of weights by class.
        errors: of `after`, the square root of the sum of squared weights.
    """

    edges: list[float]
    before: dict[str, list[float]]
    after: dict[str, list[float]]
    errors: dict[str, list[float]]


class ReweightingFactors(BaseModel):
    """Factors on the weights of training jets, and their effect.

    Attributes:
        card: the section `reweighting` of the dataset card.
        edges: between the bins of each of the two variables; the outermost bins are open, so no jet is lost.
        factors: of each class, by the bins of the two variables.
        jets: training jets by class.
        effective: effective number of jets, (sum of w)² / (sum of w²), by class.
        closure: by variable.
    """

    card: Reweighting
    edges: tuple[list[float], list[float]]
    factors: dict[str, list[list[float]]]
    jets: dict[str, int]
    effective: dict[str, float]
    closure: dict[str, Closure]

    def factor(self, label: Ints, first: Floats, second: Floats) -> Floats:
        """Return the factor on the weight of each jet, (N,), from class indices and the two variables, each (N,)."""
        table = np.array(list(self.factors.values()))
        return np.asarray(table[label, bin_index(first, self.edges[0]), bin_index(second, self.edges[1])])


def bin_index(values: Floats, edges: list[float] | Floats) -> Ints:
    """Return the bin of each value, (N,), between ascending edges, with underflow and overflow."""
    return np.searchsorted(np.asarray(edges, np.float64), np.asarray(values, np.float64), side="right")
