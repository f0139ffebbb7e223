"""Efficiencies in bins of a variable, with intervals that account for weights and for several jets per event."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from tagwerk.arrays import Bools, Floats64, Ints
from tagwerk.evaluation.frozen import Frozen
from tagwerk.evaluation.intervals import efficiency_interval


class Efficiency(Frozen):
    """A fraction of jets with a central 68.27 % interval; only a bound at 84.13 % CL where hardly any passes, or fails.

    Attributes:
        value: the fraction.
        low: lower end.
        high: upper end.
        jets: effective number of all jets, (Σw)²/Σw².
    """

    value: float
    low: float
    high: float
    jets: float


@dataclass(frozen=True)
class Efficiencies:
    """Of N bins, (N,) each; NaN where a bin has no jets or its weights do not sum to more than zero."""

    value: Floats64
    low: Floats64
    high: Floats64
    jets: Floats64

    def results(self) -> list[Efficiency | None]:
        """Return them one by one, None where a bin has no jets."""
        rows = np.stack([self.value, self.low, self.high, self.jets], axis=1).tolist()
        return [Efficiency(value=row[0], low=row[1], high=row[2], jets=row[3]) if row[3] else None for row in rows]


@dataclass(frozen=True)
class BinnedJets:
    """B jets of one class in N bins.

    Attributes:
        weight: (B,).
        event: event index from 0, (B,); jets of one event fluctuate together.
        bins: index of the bin, (B,).
        count: the number N of bins.
    """

    weight: Floats64
    event: Ints
    bins: Ints
    count: int

    @classmethod
    def of(cls, weight: Floats64, event: Ints, bins: Ints, count: int, mask: Bools) -> "BinnedJets":
        """Return the jets in a mask (B,)."""
        return cls(weight[mask], event[mask], bins[mask], count)

    @cached_property
    def total(self) -> Floats64:
        """Sum of weights in each bin, (N,)."""
        return np.bincount(self.bins, self.weight, self.count).astype(np.float64)

    @cached_property
    def jets(self) -> Floats64:
        """Effective number of jets in each bin, (Σw)²/Σw², (N,); zero where Σw is not positive."""
        squares = np.bincount(self.bins, self.weight**2, self.count)
        return np.asarray(
            np.divide(np.maximum(self.total, 0) ** 2, squares, out=np.zeros(self.count), where=squares > 0)
        )

    @cached_property
    def _groups(self) -> tuple[Ints, Ints]:
        """Index of each jet's group, the jets of one event in one bin, (B,), and the bin of each group."""
        if np.bincount(self.event).max(initial=0) <= 1:
            return np.arange(len(self.event)), self.bins
        events = int(self.event.max()) + 1 if len(self.event) else 1
        keys, group = np.unique(self.bins * events + self.event, return_inverse=True)
        return group, keys // events

    def efficiencies(self, passing: Bools | Floats64) -> Efficiencies:
        """Return the weighted fractions that pass, with intervals; fractions of seeds in which a jet passes also do.

        The variance is that of a ratio of sums over events, Σ(Σw(δ - ε))²/(Σw)², and the interval that of Jeffreys
        for the number of jets with this variance (`efficiency_interval`).

        Args:
            passing: whether each jet passes, or the fraction of the seeds in which it does, (B,).
        """
        value = np.full(self.count, np.nan)
        sums = np.bincount(self.bins, self.weight * passing, self.count)
        np.divide(sums, self.total, out=value, where=self.jets > 0)
        group, bin_of_group = self._groups
        deviations = np.bincount(group, self.weight * (passing - value[self.bins]), len(bin_of_group))
        squares = np.bincount(bin_of_group, deviations**2, self.count)
        full = self.jets > 0
        low, high = np.full((2, self.count), np.nan)
        variance = squares[full] / self.total[full] ** 2
        low[full], high[full] = efficiency_interval(value[full], variance, self.jets[full])
        return Efficiencies(value, low, high, self.jets)


def efficiency(passing: Bools | Floats64, weight: Floats64, event: Ints) -> Efficiency | None:
    """Return the fraction of jets that pass, None where there are no jets or their weights do not sum to over zero.

    Args:
        passing: whether each jet passes, or the fraction of the seeds in which it does, (B,).
        weight: (B,).
        event: event index from 0, (B,).
    """
    binned = BinnedJets(weight, event, np.zeros(len(weight), np.int64), 1)
    return binned.efficiencies(passing).results()[0]
