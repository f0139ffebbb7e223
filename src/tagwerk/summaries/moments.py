"""Mean and standard deviation of streamed values, robust against a few outliers.

Outliers are clipped to the nearest end of a range, and the model clips its inputs to the same range.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from tagwerk.arrays import Floats64, Ints

# A bin is given by the sign, the power of two and the leading 6 binary digits of a single-precision number: its values
# differ by less than 1/64 of themselves, and integers below 128 have a bin each.
_SHIFT = 17
_BINS = 255 << (23 - _SHIFT)  # per sign; the 256th power of two is for numbers that are not finite
_LARGEST = float(np.finfo(np.float32).max)

# ASSUME: outliers are further from the median than three times the outermost valid value. At most one value in a
# thousand, or those of five jets, are invalid, but no more than one in twenty: of fewer than twenty values, all are
# valid.
_MAX_DISTANCE = 3.0
_OUTERMOST = 3.3  # standard deviations, beyond which lies one in a thousand values of a normal distribution
_OUTLIER_SHARE, _OUTLIER_JETS, _OUTLIER_SHARE_OF_FEW = 1e-3, 5, 0.05


@dataclass(frozen=True)
class RunningMoments:
    """Count, mean, and sum of squared deviations from the mean."""

    count: int = 0
    mean: float = 0.0
    squares: float = 0.0

    @classmethod
    def of(
        cls, values: npt.NDArray[Any], counts: Ints | None = None, squares: Floats64 | float = 0.0
    ) -> "RunningMoments":
        """Return the moments of values (N,) in double precision, or of groups with these means, counts and squares."""
        if not len(values):
            return cls()
        values = values.astype(np.float64)
        mean = float(np.average(values, weights=counts))
        deviations = (values - mean) ** 2 * (1 if counts is None else counts)
        return cls(len(values) if counts is None else int(counts.sum()), mean, float((deviations + squares).sum()))

    def __add__(self, other: "RunningMoments") -> "RunningMoments":
        """Return the moments of both samples combined (Chan, Golub and LeVeque 1979), without loss of precision."""
        count = self.count + other.count
        if not count:
            return self
        difference = other.mean - self.mean
        mean = self.mean + difference * other.count / count
        squares = self.squares + other.squares + difference**2 * self.count * other.count / count
        return RunningMoments(count, mean, squares)

    def mean_and_std(self) -> tuple[float, float]:
        """Return mean and standard deviation; a constant has standard deviation 1."""
        deviation = float(np.sqrt(self.squares / max(self.count, 1)))
        return self.mean, deviation if deviation > 1e-6 * abs(self.mean) else 1.0


@dataclass(frozen=True)
class BinnedValues:
    """Binned values: the bins that are not empty, in ascending order.

    Attributes:
        keys: of the bins, (K,).
        counts: of values in each bin.
        sums, squares: of the values' distances from the bin edge next to zero.
        not_finite: number of values that are infinite or NaN; they count nowhere else.
    """

    keys: Ints
    counts: Ints
    sums: Floats64
    squares: Floats64
    not_finite: int = 0

    @classmethod
    def of(cls, values: npt.NDArray[Any]) -> "BinnedValues":
        """Return values (N,) binned in single precision, as the models see them."""
        with np.errstate(over="ignore"):  # infinite in single precision is infinite for a model
            single = values.astype(np.float32) + np.float32(0)  # turns -0 into +0
        finite = np.isfinite(single)
        single = single if finite.all() else single[finite]
        keys = _key(single)
        distances = single - _inner_edge(np.arange(2 * _BINS))[keys]
        counts = np.bincount(keys, minlength=2 * _BINS)
        sums, squares = (np.bincount(keys, weights, 2 * _BINS) for weights in (distances, distances**2))
        return cls._not_empty(counts, np.asarray(sums, float), np.asarray(squares, float), len(values) - len(single))

    @classmethod
    def _not_empty(cls, counts: Ints, sums: Floats64, squares: Floats64, not_finite: int) -> "BinnedValues":
        keys = np.flatnonzero(counts)
        return cls(keys, counts[keys], sums[keys], squares[keys], not_finite)

    def __add__(self, other: "BinnedValues") -> "BinnedValues":
        """Return the values of both combined."""
        counts, sums, squares = np.zeros(2 * _BINS, np.int64), np.zeros(2 * _BINS), np.zeros(2 * _BINS)
        for binned in (self, other):
            counts[binned.keys] += binned.counts
            sums[binned.keys] += binned.sums
            squares[binned.keys] += binned.squares
        return self._not_empty(counts, sums, squares, self.not_finite + other.not_finite)

    @property
    def means(self) -> Floats64:
        """The mean of the values in each bin, (K,)."""
        return np.asarray(_inner_edge(self.keys) + self.sums / self.counts)

    @property
    def deviations(self) -> Floats64:
        """The sum of squared deviations from the mean in each bin, (K,)."""
        return np.maximum(self.squares - self.sums**2 / self.counts, 0)

    def range(self, jets: int | None = None) -> tuple[float, float]:
        """Return the ends of the range without outliers, in single precision.

        Args:
            jets: number of jets with these values; by default as many as there are values.

        The median is in its centre. If all values but possible outliers are equal, half of the other values set the
        range.
        """
        if not len(self.keys):
            return -_LARGEST, _LARGEST
        total = int(self.counts.sum())
        central = np.searchsorted(np.cumsum(self.counts), (total + 1) // 2)
        median = self.means[central]
        distances = abs(self.means - median)
        reach = _reach(distances, self.counts, _max_outliers(total, jets or total))
        reach += _OUTERMOST * np.sqrt(self.deviations[central] / self.counts[central])  # within the bin
        if reach == 0:
            others = distances > 0
            reach = _reach(distances[others], self.counts[others], (int(self.counts[others].sum()) + 1) // 2)
        ends = np.clip([median - _MAX_DISTANCE * reach, median + _MAX_DISTANCE * reach], -_LARGEST, _LARGEST)
        low, high = ends.astype(np.float32).tolist()
        return low, high

    def clipped_moments(self, low: float, high: float) -> RunningMoments:
        """Return the moments of the values clipped to a range, bin by bin."""
        means = np.clip(self.means, low, high)
        return RunningMoments.of(means, self.counts, np.where(means == self.means, self.deviations, 0))


def _max_outliers(values: int, jets: int) -> int:
    """Return how many values may be outliers."""
    of_jets = _OUTLIER_JETS * max(values / jets, 1)
    return int(max(_OUTLIER_SHARE * values, min(of_jets, _OUTLIER_SHARE_OF_FEW * values)))


def _reach(distances: Floats64, counts: Ints, outliers: int) -> float:
    """Return the largest distance from the median without this many outliers; zero if no other values are left."""
    order = np.argsort(distances)[::-1]
    index = np.searchsorted(np.cumsum(counts[order]), outliers, side="right")
    return float(distances[order[index]]) if index < len(order) else 0.0


def _key(single: npt.NDArray[np.float32]) -> Ints:
    """Return the bin of each number, (N,); keys increase with the number."""
    bits = single.view(np.int32)
    magnitude = (bits & 0x7FFFFFFF) >> _SHIFT
    return np.where(bits < 0, _BINS - 1 - magnitude, _BINS + magnitude).astype(np.int64)


def _inner_edge(keys: Ints) -> Floats64:
    """Return the edge of each bin that is next to zero, (K,)."""
    magnitude = np.where(keys < _BINS, _BINS - 1 - keys, keys - _BINS).astype(np.int32) << _SHIFT
    return np.where(keys < _BINS, -1.0, 1.0) * magnitude.view(np.float32)
