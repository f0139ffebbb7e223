"""The rows of a batch's constituents, jet after jet, and the parts that threads work on."""

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np

from tagwerk.arrays import Bools, Ints


class Part(NamedTuple):
    """Consecutive jets and their rows."""

    jets: slice
    rows: slice


@dataclass(frozen=True)
class Segments:
    """Rows of J jets, one jet after the other.

    Attributes:
        counts: number of rows per jet, (J,).
    """

    counts: Ints

    @classmethod
    def of_mask(cls, mask: Bools) -> "Segments":
        """Return the segments of the constituents of jets whose mask is (B, T)."""
        return cls(mask.sum(axis=1))

    def __len__(self) -> int:
        """Return the number of rows."""
        return int(self.offsets[-1])

    @cached_property
    def offsets(self) -> Ints:
        """Return the first row of each jet, and the number of rows, (J + 1,)."""
        return np.concatenate([[0], np.cumsum(self.counts)])

    @cached_property
    def jets(self) -> Ints:
        """Return the jet of each row, (M,)."""
        return np.repeat(np.arange(len(self.counts)), self.counts)

    def parts(self, count: int, work: Ints | None = None) -> list[Part]:
        """Return at most `count` parts of nearly equal work, which is the number of rows if it is not given, (J,)."""
        total = np.cumsum(self.counts if work is None else work)
        if not len(total) or not total[-1]:
            return []
        ends = np.searchsorted(total, total[-1] * np.arange(1, count + 1) / count, side="left") + 1
        ends = np.unique(np.minimum(ends, len(total)))
        starts = np.concatenate([[0], ends[:-1]])
        return [
            Part(slice(start, end), slice(int(self.offsets[start]), int(self.offsets[end])))
            for start, end in zip(starts.tolist(), ends.tolist(), strict=True)
        ]
