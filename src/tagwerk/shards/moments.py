"""Mean and standard deviation of numbers that come bit by bit."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True)
class Spread:
    """Number, mean, and sum of squared deviations from it."""

    number: int = 0
    mean: float = 0.0
    squares: float = 0.0

    @classmethod
    def of(cls, values: npt.NDArray[Any]) -> "Spread":
        """Return those of some values, (N,), in double precision."""
        if not len(values):
            return cls()
        values = values.astype(np.float64)
        mean = float(values.mean())
        return cls(len(values), mean, float(((values - mean) ** 2).sum()))

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
