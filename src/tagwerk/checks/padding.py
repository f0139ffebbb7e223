"""What stands for something absent: constituents that are padding or were removed, and sentinels such as -999."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Self

import numpy as np

from tagwerk.jets.columns import Columns, Values

# Values that programs write where they have none. Those next to zero are also plain values of many variables.
_LOUD = tuple(sign * float(size) for sign in (-1, 1) for size in (
    9, 99, 999, 9999, 99999, 999999, 10, 100, 1000, 10_000, 2**15 - 1, 2**15, 2**31 - 1, 2**31, 2**32 - 1, 10**9,
))  # fmt: skip
_QUIET = (-1.0,)
_SAMPLE = 2_000
# A variable is continuous where at least this share of its values is distinct, and has a spike where a single value
# has at least that share.
_DISTINCT, _SPIKE, _FEWEST = 0.5, 0.05, 20


@dataclass(frozen=True)
class Padding:
    """Constituents that are none, counted.

    Attributes:
        constituents: how many were looked at.
        zero: those with pT = 0, padding or removed by pile-up mitigation.
        negative: those with a pT or energy below zero, or with pT > 0 and no energy.
        nan: those whose pT is NaN.
        repeated: those at the end of a list that are alike in pT, η, φ and energy, two or more, with both above zero.
        jets: how many jets end in such a repetition.
        conditions: what true constituents fulfil and these do not, with how many are removed by each.
    """

    constituents: int = 0
    zero: int = 0
    negative: int = 0
    nan: int = 0
    repeated: int = 0
    jets: int = 0
    conditions: Counter[str] = field(default_factory=Counter)

    def __add__(self, other: Self) -> "Padding":
        counts = {name: getattr(self, name) + getattr(other, name) for name in _COUNTS}
        return Padding(**counts, conditions=self.conditions + other.conditions)

    @property
    def selection(self) -> str | None:
        """The condition for the key `selection` of a sequence that leaves all these out; None where there are none."""
        plain = [each for each in ("pt > 0", "energy > 0") if self.conditions[each]]
        # A value that ends the lists of several jets is padding; lists that end in their own last constituent differ.
        others = [each for each, jets in self.conditions.items() if each not in plain and jets > 1]
        return " and ".join([*plain, *others]) or None

    def within(self, selection: str | None) -> str | None:
        """Return the same together with a selection that there is already."""
        if selection is None or self.selection is None:
            return self.selection
        return f"({selection}) and {self.selection}"


_COUNTS = ("constituents", "zero", "negative", "nan", "repeated", "jets")


def padding_of(constituents: Columns) -> Padding:
    """Return the padding among the constituents of N jets, of their pt, eta, phi and energy, in any unit."""
    pt, energy = constituents.values["pt"], constituents.values["energy"]
    zero = negative = nan = 0
    conditions = Counter[str]()
    if not (pt.min(initial=1) > 0 and energy.min(initial=1) > 0):  # also where one is NaN
        zero, nan = int((pt == 0).sum()), int(np.isnan(pt).sum())
        negative = int(((pt < 0) | ((pt > 0) & (energy <= 0)) | (energy < 0)).sum())
        conditions["pt > 0"] = int((~(pt > 0)).sum())
        conditions["energy > 0"] = int(((pt > 0) & (energy <= 0)).sum())
    repeated, ends = _repeated(constituents)
    for value, jets in ends.items():
        conditions[f"pt != {value!r}"] = jets
    return Padding(len(pt), zero, negative, nan, repeated, sum(ends.values()), +conditions)


def _repeated(constituents: Columns) -> tuple[int, Counter[float]]:
    """Return how many constituents end their jet's list all alike, and at which pT how many jets' lists do so."""
    columns = [constituents.values[name] for name in ("pt", "eta", "phi", "energy")]
    last = (constituents.starts + constituents.counts - 1)[constituents.counts > 1]
    alike = np.logical_and.reduce([each[last] == each[last - 1] for each in columns])
    alike &= (columns[0][last] > 0) & (columns[3][last] > 0)
    if not alike.any():
        return 0, Counter()
    jets = np.flatnonzero(constituents.counts > 1)[alike]
    some = constituents.take(jets)
    end = np.repeat(last[alike], some.counts)
    differs = np.logical_or.reduce([some.values[name] != constituents.values[name][end] for name in _MOMENTUM])
    places = np.where(differs, np.arange(len(differs)), -1)
    before = np.maximum(np.maximum.reduceat(places, some.starts), some.starts - 1)
    runs = some.starts + some.counts - 1 - before
    return int(runs.sum()), Counter(columns[0][last[alike]].astype(float).tolist())


_MOMENTUM = ("pt", "eta", "phi", "energy")


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
        if self.spike is not None and self.spike not in self._candidates:
            self.counts[self.spike] += int((values == self.spike).sum())
        # Only the ends of the range are compared with candidates: they are there where they are noticed at all.
        if not {low, high}.isdisjoint(self._candidates) or self.spike in self._candidates:
            mine = np.isin(values, list(self._candidates))
            found, counts = np.unique(values[mine], return_counts=True)
            self.counts.update(dict(zip(found.astype(float).tolist(), counts.tolist(), strict=True)))
            values = values[~mine]
            low, high = (float(values.min()), float(values.max())) if len(values) else (np.inf, -np.inf)
        self.low, self.high = min(self.low, low), max(self.high, high)
        if not len(self.sample):
            self.sample = values[:_SAMPLE].astype(np.float64)

    def found(self) -> dict[float, int]:
        """Return the sentinels with how many there are of each; values that may well be plain ones are none."""
        return {value: count for value, count in sorted(self.counts.items()) if self._is_sentinel(value)}

    def spikes(self) -> dict[float, int]:
        """Return the value that many of a continuous variable have, with how many have it, unless it is a sentinel."""
        known = self.found()
        return {value: self.counts[value] for value in [self.spike] if value is not None and value not in known}

    @property
    def _candidates(self) -> set[float]:
        return {float(np.float32(np.float32(value) * self.unit)) for value in (*_LOUD, *_QUIET)}

    def _is_sentinel(self, value: float) -> bool:
        if value not in self._candidates:
            return False
        if not len(self.sample):  # there is nothing else
            return value < -1
        if value == self.spike:
            return True
        if value == float(np.float32(-self.unit)):
            # ASSUME: -1 is plain among values of both signs, and next to 0 and 1 alone, as charges are.
            return self.low >= 0 and (self.high > self.unit or bool((self.sample % 1 != 0).any()))
        inner, outer = np.quantile(self.sample, [0.1, 0.9])
        return not self.low <= value <= self.high and max(inner - value, value - outer) > outer - inner


def sentinels_in(values: Values, unit: float = 1.0) -> dict[float, int]:
    """Return the sentinels among values (M,) with how many there are of each; NaN and infinities are left out."""
    finite = values[np.isfinite(values)]
    found = Sentinels(unit)
    if len(finite):
        found.add(finite, float(finite.min()), float(finite.max()))
    return found.found()


def _spike(sample: Values) -> float | None:
    found, counts = np.unique(sample, return_counts=True)
    most = int(counts.argmax())
    others = len(sample) - int(counts[most])
    continuous = others >= _FEWEST and len(found) - 1 >= _DISTINCT * others
    return float(found[most]) if continuous and counts[most] >= _SPIKE * len(sample) and counts[most] > 1 else None
