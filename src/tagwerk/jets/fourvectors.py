"""Four-vectors of constituents in double precision, from which trees are built and summed."""

import numpy as np
from numpy.typing import NDArray

from tagwerk.compilation import cached_njit
from tagwerk.jets.features import PT_ETA_PHI_ENERGY
from tagwerk.jets.momentum import cartesian
from tagwerk.jets.ragged import Ragged

FourVectors = NDArray[np.float64]

compiled = cached_njit()


def four_vectors(constituents: Ragged) -> FourVectors:
    """Return px, py, pz and energy of the M constituents, (M, 4), in GeV, from their pt, eta, phi and energy."""
    return np.stack(list(cartesian({name: constituents.values[name] for name in PT_ETA_PHI_ENERGY}).values()), axis=1)
