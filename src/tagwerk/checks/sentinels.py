"""Sentinels: values such as -999 that stand where a variable has none, and spikes, which may be such."""

from collections import Counter
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from tagwerk.arrays import Values

# Values that programs write where they have none. -1 is a plain value of many variables, and is judged apart.
_LOUD = tuple(float(np.float32(each)) for each in (
    *(sign * (10**digits - 1) for digits in range(1, 7) for sign in (-1, 1)),
    *(-(10**digits) for digits in range(1, 7)),
    *(-(2**bits) for bits in (15, 31)), *(2**bits - 1 for bits in (15, 31, 32)), -1e9, 1e9, -1e10, 1e10,
))  # fmt: skip
_SAMPLE = 2_000
# A variable is continuous where at least this share of its values is distinct, and has a spike where a single value
# has at least that share.
_DISTINCT, _SPIKE, _FEWEST = 0.5, 0.05, 20
_OFTEN = 0.01  # share of the values from which on a sentinel concerns a draft


@dataclass
class Sentinels:
    """Counts a variable's values that may be sentinels, chunk after chunk.

    Attributes:
        unit: what the file's values were multiplied by.
        counts: of candidates.
        low, high: of all other values that are finite.
        sample: of those, from the first chunk that has any.
        spike: the one value that many of a continuous variable have, if there is one.
    """

    unit: float = 1.0
    counts: Counter[float] = field(default_factory=Counter)
    low: float = np.inf
    high: float = -np.inf
    sample: Values = field(default_factory=lambda: np.empty(0))
    spike: float | None = None

    def add(self, values: Values, low: float, high: float) -> None:
        """Count finite values (M,), whose range this is; M > 0."""
        if not len(self.sample):
            self.spike = _spike(values[:_SAMPLE])
            self._candidates.update(_alone_below_zero(values[:_SAMPLE]))
        if self.spike is not None and self.spike not in self._candidates:
            self.counts[self.spike] += int((values == self.spike).sum())
        # Only the ends of the range are compared with candidates: they are there where they are noticed at all.
        if self.spike is not None and self.spike in self._candidates:
            values = self._without(values, self.spike)
            low, high = _ends(values)
        while not {low, high}.isdisjoint(self._candidates) and not self._like_charges(values, low, high):
            values = self._without(values, low if low in self._candidates else high)
            low, high = _ends(values)
        self.low, self.high = min(self.low, low), max(self.high, high)
        if not len(self.sample):
            self.sample = values[:_SAMPLE].astype(np.float64)

    def _like_charges(self, values: Values, low: float, high: float) -> bool:
        """Return whether values from -1 to 1 are whole numbers: there are many, and none is a sentinel."""
        return low >= -1 and high <= 1 and self.unit == 1 and not (values[:_SAMPLE] % 1).any()

    def _without(self, values: Values, value: float) -> Values:
        """Count a candidate, and return the other values."""
        mine = values == value
        self.counts[value] += int(mine.sum())
        return np.asarray(values[~mine])

    def found(self) -> dict[float, int]:
        """Return the sentinels with how many there are of each; values that may well be plain ones are none."""
        return {value: count for value, count in sorted(self.counts.items()) if self._is_sentinel(value)}

    def spikes(self) -> dict[float, int]:
        """Return the value that many of a continuous variable have, with how many have it, unless it is a sentinel."""
        known = self.found()
        return {value: self.counts[value] for value in [self.spike] if value is not None and value not in known}

    @cached_property
    def _candidates(self) -> set[float]:
        return {float(np.float32(value * self.unit)) for value in (*_LOUD, -1.0)}

    def _is_sentinel(self, value: float) -> bool:
        if value not in self._candidates:
            return False
        if not len(self.sample):  # there is nothing else
            return value < -self.unit
        if value == self.spike:
            return True
        fractions = bool((self.sample % 1 != 0).any())
        if value < 0 <= self.low and fractions:
            return True
        if value == float(np.float32(-self.unit)):
            # ASSUME: -1 is plain among values of both signs, and next to 0 and 1 alone, as charges are.
            return self.low >= 0 and self.high > self.unit
        if value not in _LOUD and self.unit == 1:
            return False
        inner, outer = np.quantile(self.sample, [0.1, 0.9])
        return not self.low <= value <= self.high and max(inner - value, value - outer) > outer - inner


def sentinels_in(values: Values, unit: float = 1.0) -> dict[float, int]:
    """Return the sentinels among values (M,) with how many there are of each; NaN and infinities are left out."""
    with np.errstate(over="ignore"):
        finite = values.astype(np.float32)
    finite = finite[np.isfinite(finite)]
    found = Sentinels(unit)
    if len(finite):
        found.add(finite, float(finite.min()), float(finite.max()))
    return found.found()


def sentinel(values: Values) -> tuple[float, float] | None:
    """Return the most frequent sentinel and its share of all values (M,); nothing if none is frequent."""
    found = sentinels_in(values)
    value = max(found, key=lambda each: found[each], default=0.0)
    share = found.get(value, 0) / max(len(values), 1)
    return (value, share) if share >= _OFTEN else None


def _alone_below_zero(sample: Values) -> list[float]:
    """Return the one value that is below zero, where it is frequent among fractions."""
    below = np.unique(sample[sample < 0])
    frequent = len(below) == 1 and (sample < 0).sum() > max(_OFTEN * len(sample), 1)
    return below.astype(float).tolist() if frequent and (sample[sample >= 0] % 1 != 0).any() else []


def _ends(values: Values) -> tuple[float, float]:
    return (float(values.min()), float(values.max())) if len(values) else (np.inf, -np.inf)


def _spike(sample: Values) -> float | None:
    found, counts = np.unique(sample, return_counts=True)
    most = int(counts.argmax())
    others = len(sample) - int(counts[most])
    continuous = others >= _FEWEST and len(found) - 1 >= _DISTINCT * others
    return float(found[most]) if continuous and counts[most] >= _SPIKE * len(sample) and counts[most] > 1 else None
