"""The fit of the power law L(D) = L_inf + B / D^b to losses at several numbers of training jets.

It describes classifiers of jets (Batson and Kahn, SciPost Phys. Core 8 (2025) 034, arXiv:2312.02264; arXiv:2602.15781).
For a given exponent b the law is linear in L_inf and B, which are solved for (variable projection: Golub and Pereyra,
SIAM J. Numer. Anal. 10 (1973) 413). Intervals are those of the profile likelihood: with as many sizes as parameters,
errors propagated from the minimum would be meaningless wherever the curve is not determined.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from scipy.optimize import minimize_scalar

from tagwerk.arrays import Floats64

EXPONENTS = (0.01, 3.0)  # between which b is sought; published ones of jet taggers are from 0.2 to 0.6
PARAMETERS = 3

_SINGULAR = 1e-9
_GRID = np.geomspace(*EXPONENTS, 400)
_STEPS = np.geomspace(1e-4, 1, 300)  # from the best value of a parameter towards its end


class Interval(NamedTuple):
    """The best value of a parameter and the ends of its interval, None where the data set none."""

    value: float
    low: float | None
    high: float | None


class PowerLaw(NamedTuple):
    """The fit: limit L_inf and exponent b with their intervals, and the amplitude B.

    `chi2` is that of the best fit, zero for three sizes on such a curve.
    """

    limit: Interval
    exponent: Interval
    amplitude: float
    chi2: float

    def loss(self, jets: Floats64) -> Floats64:
        """Return the loss at these numbers of training jets, (N,)."""
        return np.asarray(self.limit.value + self.amplitude * jets**-self.exponent.value)


def fit_power_law(jets: Floats64, loss: Floats64, covariance: Floats64, width: float = 1.0) -> PowerLaw:
    """Return the least-squares fit to the losses (N,) at N >= 3 sizes (N,), with L_inf >= 0 and B >= 0.

    Args:
        jets: numbers of training jets.
        loss: at each of them.
        covariance: of the losses, (N, N).
        width: of the intervals, in standard deviations: they hold all values with chi2 <= chi2_min + width².
    """
    # The smallest term keeps the inverse finite for a tagger that is the same at two sizes.
    regular = covariance + _SINGULAR * max(np.trace(covariance), _SINGULAR) * np.eye(len(loss))
    profile = _Profile(
        np.asarray(jets, np.float64), np.asarray(loss, np.float64), np.linalg.inv(np.linalg.cholesky(regular))
    )
    exponent = _minimum(profile)
    limit, excess, chi2 = (float(each[0]) for each in profile.at_exponents(np.array([exponent])))
    highest = chi2 + width**2
    low, high = (_end(exponent, bound, lambda b: profile.at_exponents(b)[2], highest) for bound in EXPONENTS)
    limits = [_end(limit, bound, profile.at_limits, highest) for bound in (0.0, 2 * loss.max())]
    return PowerLaw(
        limit=Interval(limit, *limits),
        exponent=Interval(exponent, low, high),
        amplitude=float(excess * profile.jets.max() ** exponent),
        chi2=chi2,
    )


class _Profile:
    """The chi2 of the power law, minimised with respect to the other parameters.

    Losses and functions of the sizes are multiplied by the inverse Cholesky factor of the covariance, so that chi2 is
    a sum of squares.

    Attributes:
        jets: sizes, (N,).
    """

    def __init__(self, jets: Floats64, loss: Floats64, whitening: Floats64) -> None:
        self.jets, self._whitening = jets, whitening
        self._loss, self._ones = (whitening * loss).sum(axis=1), whitening.sum(axis=1)

    def at_exponents(self, exponent: Floats64) -> tuple[Floats64, Floats64, Floats64]:
        """Return L_inf, the excess over it at the largest size, and chi2, at each exponent (K,)."""
        rows = self._falling(exponent)
        ones_ones, ones_rows, rows_rows = _dot(self._ones, self._ones), _dot(rows, self._ones), _dot(rows, rows)
        ones_loss, rows_loss = _dot(self._ones, self._loss), _dot(rows, self._loss)
        determinant = ones_ones * rows_rows - ones_rows**2
        limit = (rows_rows * ones_loss - ones_rows * rows_loss) / determinant
        excess = (ones_ones * rows_loss - ones_rows * ones_loss) / determinant
        # At the edges of what is allowed, L_inf = 0 or B = 0, the other one follows.
        zeros = np.zeros_like(exponent)
        flat, no_limit = zeros + np.maximum(ones_loss / ones_ones, 0), np.maximum(rows_loss / rows_rows, 0)
        inside = (limit >= 0) & (excess >= 0)
        limits = np.stack([np.where(inside, limit, flat), flat, zeros])
        excesses = np.stack([np.where(inside, excess, 0), zeros, no_limit])
        residual = self._loss - limits[..., None] * self._ones - excesses[..., None] * rows
        chi2 = _dot(residual, residual)
        best = chi2.argmin(axis=0), np.arange(len(exponent))
        return limits[best], excesses[best], chi2[best]

    def at_limits(self, limit: Floats64) -> Floats64:
        """Return the lowest chi2 at each value of L_inf, (K,)."""
        rows, above = self._falling(_GRID), self._loss - limit[:, None] * self._ones
        projection, norm = np.einsum("ln,kn->lk", above, rows), _dot(rows, rows)
        excess = np.maximum(projection / norm, 0)
        return _parabola_minimum(_dot(above, above)[:, None] - excess * (2 * projection - excess * norm))

    def _falling(self, exponent: Floats64) -> Floats64:
        """Return (D / D_max)^-b, whitened, (K, N)."""
        falling = (self.jets / self.jets.max()) ** -exponent[:, None]
        return np.asarray(np.einsum("nm,km->kn", self._whitening, falling))


def _dot(first: Floats64, second: Floats64) -> Floats64:
    """Return the scalar products of vectors (..., N)."""
    return np.asarray((first * second).sum(axis=-1))


def _minimum(profile: _Profile) -> float:
    """Return the exponent of the lowest chi2."""
    place = int(profile.at_exponents(_GRID)[2].argmin())
    bounds = np.log(_GRID[[max(place - 1, 0), min(place + 1, len(_GRID) - 1)]])
    found = minimize_scalar(
        lambda log_b: float(profile.at_exponents(np.exp([log_b]))[2][0]),
        bounds=bounds,
        method="bounded",
        options={"xatol": 1e-9},
    )
    return float(np.exp(found.x))


def _end(best: float, bound: float, chi2: Callable[[Floats64], Floats64], highest: float) -> float | None:
    """Return where chi2 first exceeds `highest` on the way from the best value to a bound, None if nowhere."""
    steps = best + (bound - best) * _STEPS
    above = chi2(steps) - highest
    if not (above > 0).any():
        return None
    first = int((above > 0).argmax())
    if first == 0:
        return float(steps[0])
    share = above[first - 1] / (above[first - 1] - above[first])
    return float(steps[first - 1] + share * (steps[first] - steps[first - 1]))


def _parabola_minimum(values: Floats64) -> Floats64:
    """Return the minimum of each row (K, G) of equidistant values, from the parabola through the three lowest."""
    place = np.clip(values.argmin(axis=1), 1, values.shape[1] - 2)
    left, middle, right = (values[np.arange(len(values)), place + offset] for offset in (-1, 0, 1))
    curvature = left - 2 * middle + right
    with np.errstate(divide="ignore", invalid="ignore"):
        vertex = middle - (right - left) ** 2 / (8 * curvature)
    inside = (curvature > 0) & (np.abs(right - left) <= 2 * curvature)
    return np.asarray(np.where(inside, np.maximum(vertex, 0), values.min(axis=1)))
