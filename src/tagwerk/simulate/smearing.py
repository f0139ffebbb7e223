"""Log-normal smearing of momenta and energies, as in Delphes."""

import numpy as np

from tagwerk.arrays import Floats64


def fluctuate(mean: Floats64, sigma: Floats64, rng: np.random.Generator) -> Floats64:
    """Return log-normal values with these means (> 0) and standard deviations.

    Source: Delphes, modules MomentumSmearing and SimpleCalorimeter (arXiv:1307.6346).
    """
    width = np.sqrt(np.log1p(np.square(sigma / mean)))
    return mean * np.exp(width * rng.standard_normal(len(mean)) - np.square(width) / 2)
