"""Where the real steps of a batch stand when they are packed."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Integers = NDArray[np.int64]


@dataclass(frozen=True)
class Packing:
    """Jets ordered by falling length; their first real steps, then their second ones and so on.

    Attributes:
        counts: how many jets have a first, a second, ... real step.
        places: of each packed step, its place among all B T steps of the batch.
    """

    counts: list[int]
    places: Integers

    @cached_property
    def starts(self) -> list[int]:
        """Return where the first, the second, ... steps start."""
        return [0, *np.cumsum(self.counts).tolist()][:-1]

    def __len__(self) -> int:
        """Return how many steps there are."""
        return len(self.places)

    def take(self, steps: Floats) -> Floats:
        """Return (B, T, F) packed."""
        return steps.reshape(-1, steps.shape[-1]).take(self.places, axis=0)

    def put(self, packed: Floats, steps: Floats) -> None:
        """Write packed steps to their places in (B, T, F)."""
        steps.reshape(-1, steps.shape[-1])[self.places] = packed


def pack(mask: NDArray[np.bool_], parts: int) -> list[Packing]:
    """Return how to pack the jets of a batch in so many parts, of nearly as many steps each.

    Args:
        mask: (B, T), true where real.
        parts: how many at most; those without any steps are left out.
    """
    lengths = mask.sum(axis=1)
    order = np.argsort(-lengths, kind="stable")
    chosen = (order[part::parts] for part in range(parts))
    return [_packing(jets, mask[jets], lengths[jets]) for jets in chosen if lengths[jets].any()]


def _packing(jets: Integers, mask: NDArray[np.bool_], lengths: Integers) -> Packing:
    jet, place = np.nonzero(mask)
    step = np.arange(len(jet)) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    order = np.argsort(step, kind="stable")
    return Packing(np.bincount(step).tolist(), (jets[jet] * mask.shape[1] + place)[order])
