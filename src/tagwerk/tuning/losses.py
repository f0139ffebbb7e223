"""The loss of each validation jet, by which two trials are compared on the same jets."""

from pathlib import Path

import numpy as np

from tagwerk import checksums
from tagwerk.arrays import Floats
from tagwerk.files import atomic_write

MOST = 100_000  # jets; more would not make the error of a difference smaller than what another seed makes


class Losses:
    """The directory with the losses of the trials that came to their end, a file each."""

    def __init__(self, path: Path) -> None:
        """Name the directory, which need not be there."""
        self._path = path

    def save(self, number: int, losses: Floats) -> None:
        """Write weights, losses and lengths of the validation jets, (3, N), of the trial of this number."""
        with atomic_write(self._path / f"{number}.npy") as draft:
            np.save(draft, losses)
            checksums.add(draft)

    def load(self, number: int) -> Floats | None:
        """Return what `save` wrote; None where it is gone or damaged."""
        try:
            if checksums.is_intact(self._path / f"{number}.npy") is False:
                return None
            losses: Floats = np.load(self._path / f"{number}.npy")
        except (OSError, ValueError, EOFError):
            return None
        return losses

    def difference(self, number: int, other: int) -> tuple[float, float]:
        """Return by how much a trial's mean loss is above another's, with its error.

        They are no numbers where the losses of either are gone, or in another order.
        """
        one, two = self.load(number), self.load(other)
        if one is None or two is None or not np.array_equal(one[::2], two[::2]):
            return np.nan, np.nan
        return difference(one[0], one[1] - two[1])


def difference(weights: Floats, each: Floats) -> tuple[float, float]:
    """Return the weighted mean of the differences of jets' losses, (N,), and its error from their finite number."""
    weights, each = weights.astype(np.float64), each.astype(np.float64)
    mean = np.average(each, weights=weights)
    error = np.sqrt(np.sum((weights * (each - mean)) ** 2)) / weights.sum()
    return float(mean), float(error)
