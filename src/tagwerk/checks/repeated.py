"""Lists that end in repetitions of one constituent, as if padded with a constant or with the last constituent."""

from collections import Counter
from dataclasses import dataclass, field

import numpy as np

from tagwerk.arrays import Values
from tagwerk.cards.momenta import CONSTITUENT, Sequence
from tagwerk.jets.ragged import Ragged

_MOMENTUM = CONSTITUENT[:4]
_MIN_SHARE = 0.5  # of the lists that end in a repetition: if this many end at one pT, it is the padding


@dataclass
class Repeated:
    """The ends of lists, counted chunk by chunk.

    Attributes:
        constituents: number of identical constituents at the ends of lists, in pT, η, φ and energy, which are not zero.
        ends: number of such lists by the pT at their end.
    """

    constituents: int = 0
    ends: Counter[float] = field(default_factory=Counter)

    @property
    def jets(self) -> int:
        """Number of lists that end in a repetition."""
        return self.ends.total()

    def add(self, constituents: Ragged) -> None:
        """Count the constituents of N jets by their pt, eta, phi and energy."""
        jets = np.flatnonzero(constituents.counts > 1)
        last = (constituents.starts + constituents.counts - 1)[jets]
        columns = [constituents.values[name] for name in _MOMENTUM]
        identical = np.logical_and.reduce([column[last] == column[last - 1] for column in columns])
        identical &= (columns[0][last] > 0) & (columns[3][last] > 0)
        if identical.any():
            self.constituents += int(_repetitions(constituents.take(jets[identical])).sum())
            self.ends.update(columns[0][last[identical]].astype(float).tolist())

    def text(self, sequence: Sequence) -> str:
        """Return what is wrong and what to do."""
        pt, lists = self.ends.most_common(1)[0]
        text = f"at the ends of {self.jets:,} jets' lists are identical in pT, η, φ and energy, as in padding; "
        if lists < 2 or lists < _MIN_SHARE * self.jets:
            return text + "write the lists without it, as no selection removes it"
        condition = f"pt != {pt!r}"
        selection = condition if sequence.selection is None else f"({sequence.selection}) and {condition}"
        return text + f"if it is padding, write `selection: {selection}` in the section"


def _repetitions(lists: Ragged) -> Values:
    """Return how many constituents at the end of each list (N,) equal the last one; no list is empty."""
    end = np.repeat(lists.starts + lists.counts - 1, lists.counts)
    differs = np.logical_or.reduce([lists.values[name] != lists.values[name][end] for name in _MOMENTUM])
    last = np.maximum.reduceat(np.where(differs, np.arange(len(differs)), -1), lists.starts)
    return np.asarray(lists.starts + lists.counts - 1 - np.maximum(last, lists.starts - 1))
