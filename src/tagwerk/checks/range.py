"""The values of one variable, counted chunk by chunk: their range, what is not finite, and what cannot be true."""

from dataclasses import dataclass, field

import numpy as np

from tagwerk.arrays import Values
from tagwerk.checks.sentinels import Sentinels

# The median and the width are of at most this many values, the first ones.
_SAMPLE = 2_000
# ASSUME: a value a hundred times further from the median than 97 % of those that are not the median is not real, if at
# most one in a hundred is that far; displaced tracks reach further than any number of standard deviations.
_TIMES, _SOUND, _RARE = 100, 0.97, 0.01


@dataclass
class Range:
    """Values of a variable: how many, how many of them are NaN or infinite, and their range.

    Attributes:
        values, nan, infinite: how many there are, and how many of them are NaN or infinite.
        low, high: of the finite ones.
        outside: how many of them are far from all others.
        sentinels: those that stand for none.
        sample: the first finite ones.
    """

    values: int = 0
    nan: int = 0
    infinite: int = 0
    low: float = np.inf
    high: float = -np.inf
    outside: int = 0
    sentinels: Sentinels = field(default_factory=Sentinels)
    sample: Values = field(default_factory=lambda: np.empty(0))
    _bounds: tuple[float, float] = (-np.inf, np.inf)

    def add(self, values: Values) -> None:
        """Count the values (M,) of a chunk."""
        self.values += len(values)
        if not len(values):
            return
        low, high = values.min(), values.max()
        if not (np.isfinite(low) and np.isfinite(high)):
            self.nan += int(np.isnan(values).sum())
            self.infinite += int(np.isinf(values).sum())
            values = values[np.isfinite(values)]
            low, high = (values.min(), values.max()) if len(values) else (np.inf, -np.inf)
        self.low, self.high = min(self.low, float(low)), max(self.high, float(high))
        if not len(self.sample):
            self.sample = values[:_SAMPLE].astype(np.float64)
            self._bounds = _bounds(self.sample)
        if float(low) < self._bounds[0] or float(high) > self._bounds[1]:
            self.outside += int(((values < self._bounds[0]) | (values > self._bounds[1])).sum())
        if len(values):
            self.sentinels.add(values, float(low), float(high))

    @property
    def median(self) -> float:
        """Of the first finite values, NaN where there are none."""
        return float(np.median(self.sample)) if len(self.sample) else np.nan

    @property
    def furthest(self) -> float | None:
        """The value furthest from all others, where some, but few, cannot be true."""
        if not 0 < self.outside <= max(_RARE * self.values, 1):
            return None
        return max((self.low, self.high), key=lambda value: abs(value - self.median))


def _bounds(sample: Values) -> tuple[float, float]:
    """Return between which values those of a sample, and others like them, lie."""
    if not len(sample):
        return -np.inf, np.inf
    median = float(np.median(sample))
    distances = np.abs(sample - median)
    distances = distances[distances > 0]
    reach = float(np.quantile(distances, _SOUND, method="lower")) if len(distances) else max(abs(median), 1.0)
    return median - _TIMES * reach, median + _TIMES * reach
