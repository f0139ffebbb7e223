"""The loss of each validation jet, to compare two trials on the same jets."""

from pathlib import Path

import numpy as np

from tagwerk import checksums
from tagwerk.arrays import Floats
from tagwerk.files import atomic_write

MAX_JETS = 100_000  # more would reduce the error of a difference below the effect of another seed


class TrialLosses:
    """The directory with the losses of the completed trials, one file per trial."""

    def __init__(self, path: Path) -> None:
        """Set the directory, which need not exist."""
        self._path = path

    def save(self, number: int, losses: Floats) -> None:
        """Write weights, losses and lengths of the validation jets, (3, N), of the trial with this number."""
        with atomic_write(self._path / f"{number}.npy") as draft:
            np.save(draft, losses)
            checksums.add_checksum(draft)

    def load(self, number: int) -> Floats | None:
        """Return what `save` wrote; None if it is missing or damaged."""
        try:
            if checksums.checksum_matches(self._path / f"{number}.npy") is False:
                return None
            losses: Floats = np.load(self._path / f"{number}.npy")
        except (OSError, ValueError, EOFError):
            return None
        return losses

    def difference(self, number: int, other: int) -> tuple[float, float]:
        """Return by how much a trial's mean loss exceeds that of another, and the error of that.

        Both are NaN if the losses of either trial are missing, or in another order.
        """
        first, second = self.load(number), self.load(other)
        if first is None or second is None or not np.array_equal(first[::2], second[::2]):
            return np.nan, np.nan
        return mean_difference(first[0], first[1] - second[1])


def mean_difference(weights: Floats, differences: Floats) -> tuple[float, float]:
    """Return the weighted mean of the jets' loss differences, (N,), and its statistical error."""
    weights, differences = weights.astype(np.float64), differences.astype(np.float64)
    mean = np.average(differences, weights=weights)
    error = np.sqrt(np.sum((weights * (differences - mean)) ** 2)) / weights.sum()
    return float(mean), float(error)
