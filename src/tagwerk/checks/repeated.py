"""Lists that end in the same constituent again and again, as padding by a constant or by the last one does."""

from collections import Counter
from dataclasses import dataclass, field

import numpy as np

from tagwerk.arrays import Values
from tagwerk.cards.momenta import CONSTITUENT, Sequence
from tagwerk.jets.ragged import Ragged

_MOMENTUM = CONSTITUENT[:4]
_SAME = 0.5  # of the lists that end in a repetition: if so many end at one pT, that is what pads them


@dataclass
class Repeated:
    """The ends of lists, counted chunk by chunk.

    Attributes:
        constituents: how many end their list all alike in pT, η, φ and energy, which are not zero.
        ends: how many lists do so at which pT.
    """

    constituents: int = 0
    ends: Counter[float] = field(default_factory=Counter)

    @property
    def jets(self) -> int:
        """How many lists end in a repetition."""
        return self.ends.total()

    def add(self, constituents: Ragged) -> None:
        """Count the constituents of N jets by their pt, eta, phi and energy."""
        several = np.flatnonzero(constituents.counts > 1)
        last = (constituents.starts + constituents.counts - 1)[several]
        columns = [constituents.values[name] for name in _MOMENTUM]
        alike = np.logical_and.reduce([each[last] == each[last - 1] for each in columns])
        alike &= (columns[0][last] > 0) & (columns[3][last] > 0)
        if alike.any():
            self.constituents += int(_runs(constituents.take(several[alike])).sum())
            self.ends.update(columns[0][last[alike]].astype(float).tolist())

    def text(self, sequence: Sequence) -> str:
        """Return what is wrong and what to do."""
        pt, lists = self.ends.most_common(1)[0]
        said = f"end the lists of {self.jets:,} jets all alike in pT, η, φ and energy, as padding does; "
        if lists < 2 or lists < _SAME * self.jets:
            return said + "write the lists without it, for no selection tells it"
        condition = f"pt != {pt!r}"
        own = condition if sequence.selection is None else f"({sequence.selection}) and {condition}"
        return said + f"if it is, write `selection: {own}` in the section"


def _runs(ending: Ragged) -> Values:
    """Return how many constituents at the end of each list (N,) are like the last one; no list is empty."""
    end = np.repeat(ending.starts + ending.counts - 1, ending.counts)
    differs = np.logical_or.reduce([ending.values[name] != ending.values[name][end] for name in _MOMENTUM])
    last = np.maximum.reduceat(np.where(differs, np.arange(len(differs)), -1), ending.starts)
    return np.asarray(ending.starts + ending.counts - 1 - np.maximum(last, ending.starts - 1))
