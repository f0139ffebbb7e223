"""Intervals on small efficiencies, where a handful of background jets or none pass."""

import numpy as np
from scipy.stats import beta, norm

from tagwerk.evaluation.sample import Floats

CONFIDENCE = float(norm.cdf(1) - norm.cdf(-1))  # one standard deviation, 68.27 %


def efficiency_interval(efficiency: Floats, variance: Floats, jets: float) -> tuple[Floats, Floats]:
    """Return the lower and upper ends (P,) of the central 68.27 % interval on efficiencies (P,).

    That of Clopper and Pearson (Biometrika 26 (1934) 404) for a number of jets that would have the given variance
    (P,), as Korn and Graubard do (Survey Methodology 24 (1998) 193). So weights count, and so does the fluctuation
    of the cut with the signal jets that set it. Where nothing passes there is no variance to go by, and the
    effective number of `jets` enters itself: the lower end is 0, the upper 1 - 0.159^(1/jets).
    """
    binomial = efficiency * (1 - efficiency)
    known = (binomial > 0) & (variance > 0)
    number = np.divide(binomial, variance, out=np.full_like(efficiency, jets), where=known)
    passing = efficiency * number
    tail = (1 - CONFIDENCE) / 2
    with np.errstate(invalid="ignore"):
        low = np.where(passing > 0, beta.ppf(tail, passing, number - passing + 1), 0.0)
        high = np.where(passing < number, beta.ppf(1 - tail, passing + 1, number - passing), 1.0)
    return low, high
