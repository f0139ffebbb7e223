"""A class probability as a strictly monotonic function of one variable."""

from typing import Literal, NamedTuple

import numpy as np
from pydantic import BaseModel, ConfigDict, Field
from scipy.integrate import trapezoid
from sklearn.isotonic import isotonic_regression
from sklearn.metrics import roc_curve

from tagwerk.arrays import Bools, Floats64

# ASSUME: log odds rise by at least this much from bin to bin. A probability changes by at
# most 0.0005 in a bin, and single-precision scores still distinguish the jets there.
_MIN_STEP = 0.002


class LogOddsCurve(BaseModel):
    """The log odds of the second class over the first: linear between the knots (K,) and beyond them.

    Attributes:
        variable: name of the jet variable.
        classes: indices of the two classes among those of the dataset.
        x: knots, in ascending order.
        log_odds: at the knots, strictly monotonic.
        missing: log odds of a jet whose variable is not finite.
    """

    model_config = ConfigDict(frozen=True, allow_inf_nan=False)

    variable: str
    classes: tuple[int, int]
    x: list[float] = Field(min_length=2)
    log_odds: list[float] = Field(min_length=2)
    missing: float

    def __call__(self, values: Floats64) -> Floats64:
        """Return the log odds of each jet, (N,)."""
        x, y = np.array(self.x), np.array(self.log_odds)
        known = np.isfinite(values)
        inside = np.where(known, values, x[0])
        piece = np.clip(np.searchsorted(x, inside) - 1, 0, len(x) - 2)
        slope = np.diff(y) / np.diff(x)
        return np.asarray(np.where(known, y[piece] + slope[piece] * (inside - x[piece]), self.missing))


class Sample(NamedTuple):
    """N jets of two classes: a variable, whether they are of the second class, and their weights, (N,) each."""

    values: Floats64
    second: Bools
    weight: Floats64

    @property
    def log_prior_odds(self) -> float:
        """The log of the ratio of the two classes' sums of weights."""
        return float(np.log(self.weight[self.second].sum() / self.weight[~self.second].sum()))


def of_likelihood_ratio(variable: str, sample: Sample, classes: tuple[int, int], second: bool) -> LogOddsCurve:
    """Return the log odds for a log likelihood ratio: it plus the log of the prior odds, by Bayes' theorem.

    Args:
        variable: its name.
        sample: of training jets, for the prior odds.
        classes: indices of the two classes.
        second: whether the second class is in the numerator.
    """
    x, prior = np.array([-1.0, 1.0]), sample.log_prior_odds
    log_odds = (x if second else -x) + prior
    return LogOddsCurve(variable=variable, classes=classes, x=x.tolist(), log_odds=log_odds.tolist(), missing=prior)


def measured(variable: str, sample: Sample, classes: tuple[int, int], bins: int) -> LogOddsCurve:
    """Return the log odds for any variable, by isotonic regression over bins of equal numbers of training jets.

    Isotonic regression alone (Zadrozny and Elkan, KDD 2002) is constant between its steps and would merge jets that
    the variable distinguishes; so its values are taken at the bins' means, kept at least `_MIN_STEP` apart, and
    interpolated. The direction is that of the AUC.
    """
    finite = np.isfinite(sample.values)
    x, log_odds = np.array([0.0, 1.0]), sample.log_prior_odds + np.array([0.0, _MIN_STEP])
    if len(np.unique(sample.second[finite])) == 2:  # else only the prior odds are known
        known = Sample(sample.values[finite], sample.second[finite], sample.weight[finite])
        x, log_odds = _in_bins(known, bins)
    return LogOddsCurve(
        variable=variable, classes=classes, x=x.tolist(), log_odds=log_odds.tolist(), missing=sample.log_prior_odds
    )


def _in_bins(sample: Sample, bins: int) -> tuple[Floats64, Floats64]:
    """Return knots and strictly monotonic log odds, (K,) each."""
    values, second, weight = sample
    edges = np.quantile(values, np.linspace(0, 1, bins + 1)[1:-1])
    filled, index = np.unique(np.searchsorted(np.unique(edges), values), return_inverse=True)
    if len(filled) < 2:  # a constant: only the prior odds are known
        return np.array([0.0, 1.0]), sample.log_prior_odds + np.array([0.0, _MIN_STEP])
    x = np.bincount(index, values) / np.bincount(index)
    half = np.abs(weight).mean() / 2  # half a jet of either class, so that the odds of a pure bin are finite
    sums = [np.maximum(np.bincount(index[each], weight[each], len(x)), 0) + half for each in (second, ~second)]
    precision = 1 / (1 / sums[0] + 1 / sums[1])
    sign = direction(values, second, weight)
    rising = isotonic_regression(sign * np.log(sums[0] / sums[1]), sample_weight=precision)
    strict = np.concatenate([[0.0], np.cumsum(np.maximum(np.diff(rising), _MIN_STEP))])
    strict += np.average(rising - strict, weights=precision)
    return np.asarray(x), np.asarray(sign * strict)


def direction(values: Floats64, second: Bools, weight: Floats64) -> Literal[-1, 1]:
    """Return 1 if the second class tends to larger values (an AUC of at least one half), else -1."""
    fpr, tpr, _ = roc_curve(second, values, sample_weight=weight)
    return 1 if trapezoid(tpr, fpr) >= 0.5 else -1
