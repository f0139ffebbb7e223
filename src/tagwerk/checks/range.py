"""The values of one variable, counted chunk by chunk: range, values that are not finite, outliers and sentinels."""

from dataclasses import dataclass, field

import numpy as np

from tagwerk.arrays import Values
from tagwerk.checks.sentinels import Sentinels

# Median and bounds are those of at most this many values, the first ones.
_SAMPLE = 2_000
# ASSUME: a value a hundred times further from the median than 97 % of those that are not the median is not real, if at
# most one in a hundred is that far; displaced tracks reach further than any number of standard deviations.
_OUTLIER_FACTOR, _CORE_SHARE, _MAX_OUTLIER_SHARE = 100, 0.97, 0.01


@dataclass
class Range:
    """Number of values of a variable, of NaN and infinite ones, and their range.

    Attributes:
        values, nan, infinite: number of all values, of NaN and of infinite ones.
        low, high: of the finite ones.
        outliers: number of finite ones far from all others.
        sentinels: placeholders among them.
        sample: the first finite ones.
    """

    values: int = 0
    nan: int = 0
    infinite: int = 0
    low: float = np.inf
    high: float = -np.inf
    outliers: int = 0
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
            self.outliers += int(((values < self._bounds[0]) | (values > self._bounds[1])).sum())
        if len(values):
            self.sentinels.add(values, float(low), float(high))

    @property
    def median(self) -> float:
        """Of the first finite values, NaN if there are none."""
        return float(np.median(self.sample)) if len(self.sample) else np.nan

    @property
    def farthest_outlier(self) -> float | None:
        """The value farthest from the median, if there are outliers, but few."""
        if not 0 < self.outliers <= max(_MAX_OUTLIER_SHARE * self.values, 1):
            return None
        return max((self.low, self.high), key=lambda value: abs(value - self.median))


def _bounds(sample: Values) -> tuple[float, float]:
    """Return the bounds beyond which a value is an outlier, from a sample."""
    if not len(sample):
        return -np.inf, np.inf
    median = float(np.median(sample))
    distances = np.abs(sample - median)
    distances = distances[distances > 0]
    rank = int(_CORE_SHARE * (len(distances) - 1))
    core = float(np.partition(distances, rank)[rank]) if len(distances) else max(abs(median), 1.0)
    return median - _OUTLIER_FACTOR * core, median + _OUTLIER_FACTOR * core
