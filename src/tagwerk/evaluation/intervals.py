"""Intervals on small efficiencies, where only a handful of background jets or none pass."""

import numpy as np
from scipy.stats import beta, norm

from tagwerk.arrays import Floats64

CONFIDENCE = float(norm.cdf(1) - norm.cdf(-1))  # one standard deviation, 68.27 %
BOUND = "84 % CL"  # of a single end of such an interval

_TAIL = (1 - CONFIDENCE) / 2


def efficiency_interval(efficiency: Floats64, variance: Floats64, jets: float | Floats64) -> tuple[Floats64, Floats64]:
    """Return the lower and upper ends (P,) of the central 68.27 % interval on efficiencies (P,).

    It is that of Jeffreys (Brown, Cai and DasGupta, Statist. Sci. 16 (2001) 101) for the number of jets that would have
    the given variance (P,), as Korn and Graubard (Survey Methodology 24 (1998) 193) count them. It accounts for weights
    and for the fluctuation of the cut with the signal jets that set it. It covers 68 % on average; that of Clopper and
    Pearson covers more, 81 % where seven jets pass (`benchmarks/interval_coverage.py`).

    Where less than one effective jet passes, the standard deviation exceeds the efficiency and the lower end is zero:
    there is only an upper limit, that of Clopper and Pearson (Biometrika 26 (1934) 404) at 84.13 % CL. It is that for a
    number of jets of which one is as much as the standard deviation, at most the effective number of `jets`:
    1 - 0.159^(1/jets) where nothing passes. The same holds for the jets that fail. Negative weights may take an
    efficiency out of [0, 1]; it is clipped.
    """
    efficiency = np.clip(efficiency, 0.0, 1.0)
    mirrored = efficiency > 0.5
    low, high = _interval(np.where(mirrored, 1 - efficiency, efficiency), variance, jets)
    return np.where(mirrored, 1 - high, low), np.where(mirrored, 1 - low, high)


def _interval(efficiency: Floats64, variance: Floats64, jets: float | Floats64) -> tuple[Floats64, Floats64]:
    """Return the ends for efficiencies of at most one half."""
    binomial = efficiency * (1 - efficiency)
    # n ε < 1 for the n that has this variance; the last factor is for rounding.
    upper_limit = (efficiency == 0) | (efficiency * binomial < variance * (1 - 1e-9))
    with np.errstate(divide="ignore", invalid="ignore"):
        number = np.where(upper_limit, np.minimum(np.sqrt((1 - efficiency) / variance), jets), binomial / variance)
    number = np.where(np.isfinite(number), number, jets)
    passing, failing = efficiency * number, (1 - efficiency) * number
    with np.errstate(invalid="ignore"):
        low = np.where(upper_limit, 0.0, beta.ppf(_TAIL, passing + 0.5, failing + 0.5))
    more = np.where(upper_limit, 0.5, 0.0)  # Clopper and Pearson count one jet more
    return low, beta.ppf(1 - _TAIL, passing + 0.5 + more, failing + 0.5 - more)
