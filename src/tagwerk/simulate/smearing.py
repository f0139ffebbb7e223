"""The log-normal fluctuation that Delphes gives momenta and energies."""

import numpy as np

from tagwerk.arrays import Floats64


def fluctuate(mean: Floats64, sigma: Floats64, rng: np.random.Generator) -> Floats64:
    """Return positive values, log-normal around `mean` (> 0) with standard deviation `sigma`, one each.

    Source: Delphes, modules MomentumSmearing and SimpleCalorimeter (arXiv:1307.6346).
    """
    width = np.sqrt(np.log1p(np.square(sigma / mean)))
    return mean * np.exp(width * rng.standard_normal(len(mean)) - np.square(width) / 2)
