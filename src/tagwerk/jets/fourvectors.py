"""Four-vectors of constituents in double precision, in which trees are made and summed."""

import numpy as np
from numpy.typing import NDArray

from tagwerk.compilation import compiler
from tagwerk.jets.features import PT_ETA_PHI_ENERGY
from tagwerk.jets.momentum import cartesian
from tagwerk.jets.ragged import Ragged

Vectors = NDArray[np.float64]

# Compiled once and kept beside the module: a change of the module's text alone makes it anew, so the kernels of trees
# call none of another module.
compiled = compiler()


def four_vectors(constituents: Ragged) -> Vectors:
    """Return px, py, pz and energy of the M constituents, (M, 4), in GeV, of their pt, eta, phi and energy."""
    return np.stack(list(cartesian({name: constituents.values[name] for name in PT_ETA_PHI_ENERGY}).values()), axis=1)
