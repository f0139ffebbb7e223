"""Sentinels: values such as -999 in place of missing ones, and spikes, which may be sentinels."""

from collections import Counter
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from tagwerk.arrays import Values

# Values that programs write for missing ones. -1 is an ordinary value of many variables, and has its own rule.
_CONVENTIONAL = tuple(float(np.float32(value)) for value in (
    *(sign * (10**digits - 1) for digits in range(1, 7) for sign in (-1, 1)),
    *(-(10**digits) for digits in range(1, 7)),
    *(-(2**bits) for bits in (15, 31)), *(2**bits - 1 for bits in (15, 31, 32)), -1e9, 1e9, -1e10, 1e10,
))  # fmt: skip
_SAMPLE = 2_000
# A variable is continuous if at least this share of its values is distinct, and has a spike if a single value has at
# least that share.
_MIN_DISTINCT, _MIN_SPIKE, _MIN_OTHERS = 0.5, 0.05, 20
_MIN_FREQUENCY = 0.01  # share of the values from which on a sentinel matters to a draft


@dataclass
class Sentinels:
    """Counts of a variable's values that may be sentinels, chunk by chunk.

    Attributes:
        unit: the factor by which the file's values were multiplied.
        counts: of candidates.
        low, high: of all other finite values.
        sample: of those, from the first chunk that has any.
        spike: the single value that is frequent in a continuous variable, if there is one.
    """

    unit: float = 1.0
    counts: Counter[float] = field(default_factory=Counter)
    low: float = np.inf
    high: float = -np.inf
    sample: Values = field(default_factory=lambda: np.empty(0))
    spike: float | None = None

    def add(self, values: Values, low: float, high: float) -> None:
        """Count finite values (M,) with this range; M > 0."""
        if not len(self.sample):
            self.spike = _find_spike(values[:_SAMPLE])
            self._candidates.update(_only_negative(values[:_SAMPLE]))
        if self.spike is not None and self.spike not in self._candidates:
            self.counts[self.spike] += int((values == self.spike).sum())
        # Only the ends of the range are compared with candidates, as a sentinel inside the range would not be noticed.
        if self.spike is not None and self.spike in self._candidates:
            values = self._without(values, self.spike)
            low, high = _range(values)
        while not {low, high}.isdisjoint(self._candidates) and not self._like_charges(values, low, high):
            values = self._without(values, low if low in self._candidates else high)
            low, high = _range(values)
        self.low, self.high = min(self.low, low), max(self.high, high)
        if not len(self.sample):
            self.sample = values[:_SAMPLE].astype(np.float64)

    def _like_charges(self, values: Values, low: float, high: float) -> bool:
        """Return whether values from -1 to 1 are whole numbers: they are frequent, and none is a sentinel."""
        return low >= -1 and high <= 1 and self.unit == 1 and not (values[:_SAMPLE] % 1).any()

    def _without(self, values: Values, value: float) -> Values:
        """Count a candidate, and return the other values."""
        mask = values == value
        self.counts[value] += int(mask.sum())
        return np.asarray(values[~mask])

    def detected(self) -> dict[float, int]:
        """Return the sentinels with their counts, without candidates that may well be ordinary values."""
        return {value: count for value, count in sorted(self.counts.items()) if self._is_sentinel(value)}

    def spikes(self) -> dict[float, int]:
        """Return the single value that is frequent in a continuous variable, with its count, unless a sentinel."""
        sentinels = self.detected()
        return {value: self.counts[value] for value in [self.spike] if value is not None and value not in sentinels}

    @cached_property
    def _candidates(self) -> set[float]:
        return {float(np.float32(value * self.unit)) for value in (*_CONVENTIONAL, -1.0)}

    def _is_sentinel(self, value: float) -> bool:
        if value not in self._candidates:
            return False
        if not len(self.sample):  # there are no other values
            return value < -self.unit
        if value == self.spike:
            return True
        fractions = bool((self.sample % 1 != 0).any())
        if value < 0 <= self.low and fractions:
            return True
        if value == float(np.float32(-self.unit)):
            # ASSUME: -1 is an ordinary value among values of both signs, and next to 0 and 1 alone, like charges.
            return self.low >= 0 and self.high > self.unit
        if value not in _CONVENTIONAL and self.unit == 1:
            return False
        inner, outer = np.quantile(self.sample, [0.1, 0.9])
        return not self.low <= value <= self.high and max(inner - value, value - outer) > outer - inner


def find_sentinels(values: Values, unit: float = 1.0) -> dict[float, int]:
    """Return the sentinels among values (M,) with their counts; NaN and infinities are ignored."""
    with np.errstate(over="ignore"):
        finite = values.astype(np.float32)
    finite = finite[np.isfinite(finite)]
    sentinels = Sentinels(unit)
    if len(finite):
        sentinels.add(finite, float(finite.min()), float(finite.max()))
    return sentinels.detected()


def frequent_sentinel(values: Values) -> tuple[float, float] | None:
    """Return the most frequent sentinel and its share of all values (M,); None if none is frequent."""
    sentinels = find_sentinels(values)
    value = max(sentinels, key=lambda value: sentinels[value], default=0.0)
    share = sentinels.get(value, 0) / max(len(values), 1)
    return (value, share) if share >= _MIN_FREQUENCY else None


def _only_negative(sample: Values) -> list[float]:
    """Return the only negative value, if it is frequent among fractions."""
    negative = np.unique(sample[sample < 0])
    frequent = len(negative) == 1 and (sample < 0).sum() > max(_MIN_FREQUENCY * len(sample), 1)
    return negative.astype(float).tolist() if frequent and (sample[sample >= 0] % 1 != 0).any() else []


def _range(values: Values) -> tuple[float, float]:
    return (float(values.min()), float(values.max())) if len(values) else (np.inf, -np.inf)


def _find_spike(sample: Values) -> float | None:
    unique, counts = np.unique(sample, return_counts=True)
    highest = int(counts.argmax())
    others = len(sample) - int(counts[highest])
    continuous = others >= _MIN_OTHERS and len(unique) - 1 >= _MIN_DISTINCT * others
    is_spike = counts[highest] >= _MIN_SPIKE * len(sample) and counts[highest] > 1
    return float(unique[highest]) if continuous and is_spike else None
