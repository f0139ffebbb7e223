"""The order of a batch's real time steps when they are packed."""

from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np
from numpy.typing import NDArray

from tagwerk.arrays import Ints


@dataclass(frozen=True)
class Packing:
    """J jets by descending length; their first real steps, then their second steps and so on, N in total.

    Attributes:
        jets: indices in the batch, (J,).
        lengths: number of real steps per jet, at least one, (J,).
        positions: index of each packed step among all B T steps of the batch, (N,).
    """

    jets: Ints
    lengths: Ints
    positions: Ints

    def __len__(self) -> int:
        """Return the number of steps."""
        return len(self.positions)

    @cached_property
    def batch_sizes(self) -> Ints:
        """Return the number of jets that have a first, a second, ... step, as in PyTorch's packed sequences."""
        return np.asarray(np.cumsum(np.bincount(self.lengths - 1)[::-1])[::-1])

    @cached_property
    def starts(self) -> Ints:
        """Return the row where the first, the second, ... steps start."""
        return np.asarray(np.cumsum(self.batch_sizes) - self.batch_sizes)

    @cached_property
    def last(self) -> Ints:
        """Return the row of each jet's last step, (J,)."""
        return np.asarray(self.starts[self.lengths - 1] + np.arange(len(self.jets)))

    @cached_property
    def reversal(self) -> Ints:
        """Return the permutation of rows that reverses every jet's steps, (N,); it is its own inverse."""
        step = np.repeat(np.arange(len(self.batch_sizes)), self.batch_sizes)
        jet = np.arange(len(self)) - self.starts[step]
        return np.asarray(self.starts[self.lengths[jet] - 1 - step] + jet)


def pack_steps(mask: NDArray[np.bool_], parts: int) -> list[Packing]:
    """Return the packings of a batch split into parts of nearly equal numbers of steps.

    Args:
        mask: (B, T), true where real.
        parts: maximum number of parts; jets without steps, and parts without jets, are left out.
    """
    return _pack(mask.tobytes(), mask.shape, parts)


@lru_cache(maxsize=4)  # forward and backward pass, and stacked layers, pack the same jets
def _pack(real: bytes, shape: tuple[int, int], parts: int) -> list[Packing]:
    mask = np.frombuffer(real, np.bool_).reshape(shape)
    lengths = mask.sum(axis=1)
    order = np.argsort(-lengths, kind="stable")[: np.count_nonzero(lengths)]
    jets_of_parts = (order[part::parts] for part in range(parts))
    return [_packing(jets, mask[jets], lengths[jets]) for jets in jets_of_parts if len(jets)]


def _packing(jets: Ints, mask: NDArray[np.bool_], lengths: Ints) -> Packing:
    jet, position = np.nonzero(mask)
    step = np.arange(len(jet)) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    order = np.argsort(step, kind="stable")
    return Packing(jets, lengths, (jets[jet] * mask.shape[1] + position)[order])
