"""Mean and standard deviation of numbers that come bit by bit, which a few wrong ones cannot move.

Values far outside count as the nearest end of a range, and the model clips its inputs to the same range.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from tagwerk.arrays import Floats64, Ints

# than 1/64 of themselves, and whole numbers below 128 have a bin each.
_SHIFT = 17
_BINS = 255 << (23 - _SHIFT)  # of one sign; the 256th power of two is that of what is not finite
_LARGEST = float(np.finfo(np.float32).max)

# ASSUME: values further from the median than three times where the outermost of the sound ones are, are wrong. At most
# one in a thousand, or those of five jets, are not sound, but no more than one in twenty: of fewer than twenty values,
# all are sound.
_TIMES = 3.0
_OUTERMOST = 3.3  # standard deviations, beyond which one in a thousand of a normal distribution is
_SHARE, _FEW, _MOST_OF_FEW = 1e-3, 5, 0.05


@dataclass(frozen=True)
class Spread:
    """Number, mean, and sum of squared deviations from it."""

    number: int = 0
    mean: float = 0.0
    squares: float = 0.0

    @classmethod
    def of(cls, values: npt.NDArray[Any], numbers: Ints | None = None, squares: Floats64 | float = 0.0) -> "Spread":
        """Return those of some values, (N,), in double precision, or of groups by number, mean and squares."""
        if not len(values):
            return cls()
        values = values.astype(np.float64)
        mean = float(np.average(values, weights=numbers))
        deviations = (values - mean) ** 2 * (1 if numbers is None else numbers)
        return cls(len(values) if numbers is None else int(numbers.sum()), mean, float((deviations + squares).sum()))

    def __add__(self, other: "Spread") -> "Spread":
        """Return those of both samples in one (Chan, Golub and LeVeque 1979), which keeps its digits."""
        number = self.number + other.number
        if not number:
            return self
        difference = other.mean - self.mean
        mean = self.mean + difference * other.number / number
        squares = self.squares + other.squares + difference**2 * self.number * other.number / number
        return Spread(number, mean, squares)

    def moments(self) -> tuple[float, float]:
        """Return mean and standard deviation; a constant has deviation 1."""
        deviation = float(np.sqrt(self.squares / max(self.number, 1)))
        return self.mean, deviation if deviation > 1e-6 * abs(self.mean) else 1.0


@dataclass(frozen=True)
class Binned:
    """Values in bins, of which those with values in them are kept, by rising value.

    Attributes:
        keys: of the bins, (K,).
        numbers: how many values each has.
        sums, squares: of the values' distances from the end of the bin that is next to zero.
        not_finite: how many values are infinite or NaN; they count nowhere else.
    """

    keys: Ints
    numbers: Ints
    sums: Floats64
    squares: Floats64
    not_finite: int = 0

    @classmethod
    def of(cls, values: npt.NDArray[Any]) -> "Binned":
        """Return some values, (N,), as the models see them: in single precision."""
        with np.errstate(over="ignore"):  # what is infinite in single precision is so for a model
            single = values.astype(np.float32) + np.float32(0)  # of the two zeros the positive one
        finite = np.isfinite(single)
        single = single if finite.all() else single[finite]
        keys = _key(single)
        distances = single - _inner(np.arange(2 * _BINS))[keys]
        numbers = np.bincount(keys, minlength=2 * _BINS)
        sums, squares = (np.bincount(keys, each, 2 * _BINS) for each in (distances, distances**2))
        return cls._kept(numbers, np.asarray(sums, float), np.asarray(squares, float), len(values) - len(single))

    @classmethod
    def _kept(cls, numbers: Ints, sums: Floats64, squares: Floats64, not_finite: int) -> "Binned":
        keys = np.flatnonzero(numbers)
        return cls(keys, numbers[keys], sums[keys], squares[keys], not_finite)

    def __add__(self, other: "Binned") -> "Binned":
        """Return the values of both."""
        numbers, sums, squares = np.zeros(2 * _BINS, np.int64), np.zeros(2 * _BINS), np.zeros(2 * _BINS)
        for each in (self, other):
            numbers[each.keys] += each.numbers
            sums[each.keys] += each.sums
            squares[each.keys] += each.squares
        return self._kept(numbers, sums, squares, self.not_finite + other.not_finite)

    @property
    def means(self) -> Floats64:
        """The mean of the values in each bin, (K,)."""
        return np.asarray(_inner(self.keys) + self.sums / self.numbers)

    @property
    def deviations(self) -> Floats64:
        """The sum of the squared deviations from it in each bin, (K,)."""
        return np.maximum(self.squares - self.sums**2 / self.numbers, 0)

    def range(self, jets: int | None = None) -> tuple[float, float]:
        """Return the ends of the range that holds the values but those far outside, in single precision.

        Args:
            jets: how many have these values; as many as there are values by default.

        The median is in its middle. Where all but those that may be wrong are the same, half of the others decide.
        """
        if not len(self.keys):
            return -_LARGEST, _LARGEST
        place, total = np.searchsorted(np.cumsum(self.numbers), (self.numbers.sum() + 1) // 2), int(self.numbers.sum())
        middle = self.means[place]
        distances = abs(self.means - middle)
        reach = _reach(distances, self.numbers, _wrong(total, jets or total))
        reach += _OUTERMOST * np.sqrt(self.deviations[place] / self.numbers[place])  # within the bin
        if reach == 0:
            others = distances > 0
            reach = _reach(distances[others], self.numbers[others], (int(self.numbers[others].sum()) + 1) // 2)
        ends = np.clip([middle - _TIMES * reach, middle + _TIMES * reach], -_LARGEST, _LARGEST)
        low, high = ends.astype(np.float32).tolist()
        return low, high

    def spread(self, low: float, high: float) -> Spread:
        """Return number, mean and squared deviations of the values clipped to a range; bins are clipped as a whole."""
        means = np.clip(self.means, low, high)
        return Spread.of(means, self.numbers, np.where(means == self.means, self.deviations, 0))


def _wrong(values: int, jets: int) -> int:
    """Return how many values may be wrong."""
    few = _FEW * max(values / jets, 1)
    return int(max(_SHARE * values, min(few, _MOST_OF_FEW * values)))


def _reach(distances: Floats64, numbers: Ints, wrong: int) -> float:
    """Return the largest distance from the median but for so many values; zero where there are no more."""
    order = np.argsort(distances)[::-1]
    place = np.searchsorted(np.cumsum(numbers[order]), wrong, side="right")
    return float(distances[order[place]]) if place < len(order) else 0.0


def _key(single: npt.NDArray[np.float32]) -> Ints:
    """Return the bin of each number, (N,); the larger the number, the larger the key."""
    digits = single.view(np.int32)
    size = (digits & 0x7FFFFFFF) >> _SHIFT
    return np.where(digits < 0, _BINS - 1 - size, _BINS + size).astype(np.int64)


def _inner(keys: Ints) -> Floats64:
    """Return the end of each bin that is next to zero, (K,)."""
    size = np.where(keys < _BINS, _BINS - 1 - keys, keys - _BINS).astype(np.int32) << _SHIFT
    return np.where(keys < _BINS, -1.0, 1.0) * size.view(np.float32)
