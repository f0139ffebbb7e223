"""Where the real steps of a batch stand when they are packed."""

from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np
from numpy.typing import NDArray

from tagwerk.arrays import Ints


@dataclass(frozen=True)
class Packing:
    """J jets ordered by falling length; their first real steps, then their second ones and so on, N in all.

    Attributes:
        jets: their places in the batch, (J,).
        lengths: how many real steps each has, one at least, (J,).
        places: of each packed step, its place among all B T steps of the batch, (N,).
    """

    jets: Ints
    lengths: Ints
    places: Ints

    def __len__(self) -> int:
        """Return how many steps there are."""
        return len(self.places)

    @cached_property
    def counts(self) -> Ints:
        """Return how many jets have a first, a second, ... step."""
        return np.asarray(np.cumsum(np.bincount(self.lengths - 1)[::-1])[::-1])

    @cached_property
    def starts(self) -> Ints:
        """Return where the first, the second, ... steps start."""
        return np.asarray(np.cumsum(self.counts) - self.counts)

    @cached_property
    def last(self) -> Ints:
        """Return where the last step of each jet is, (J,)."""
        return np.asarray(self.starts[self.lengths - 1] + np.arange(len(self.jets)))

    @cached_property
    def turned(self) -> Ints:
        """Return where the steps of every jet are in turned order, (N,); turned twice they are as they were."""
        step = np.repeat(np.arange(len(self.counts)), self.counts)
        jet = np.arange(len(self)) - self.starts[step]
        return np.asarray(self.starts[self.lengths[jet] - 1 - step] + jet)


def pack(mask: NDArray[np.bool_], parts: int) -> list[Packing]:
    """Return how to pack the jets of a batch in so many parts, of nearly as many steps each.

    Args:
        mask: (B, T), true where real.
        parts: how many at most; jets without steps, and parts without jets, are left out.
    """
    return _packed(mask.tobytes(), mask.shape, parts)


@lru_cache(maxsize=4)  # forward and backward pass, and layers one behind the other, pack the same jets
def _packed(real: bytes, shape: tuple[int, int], parts: int) -> list[Packing]:
    mask = np.frombuffer(real, np.bool_).reshape(shape)
    lengths = mask.sum(axis=1)
    order = np.argsort(-lengths, kind="stable")[: np.count_nonzero(lengths)]
    chosen = (order[part::parts] for part in range(parts))
    return [_packing(jets, mask[jets], lengths[jets]) for jets in chosen if len(jets)]


def _packing(jets: Ints, mask: NDArray[np.bool_], lengths: Ints) -> Packing:
    jet, place = np.nonzero(mask)
    step = np.arange(len(jet)) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    order = np.argsort(step, kind="stable")
    return Packing(jets, lengths, (jets[jet] * mask.shape[1] + place)[order])
