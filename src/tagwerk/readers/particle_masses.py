"""The masses of particles, for files that give their PDG ids only."""

import numpy as np
import numpy.typing as npt

# GeV, by |PDG id| (PDG 2024): what lives long enough to reach a detector. 1 and 2 are the hadrons and photons in CMS's
# forward calorimeter, whose mass is unknown.
_MASSES = {
    1: 0.0, 2: 0.0, 11: 0.00051099895, 13: 0.1056583755, 22: 0.0, 130: 0.497611, 211: 0.13957039, 310: 0.497611,
    321: 0.493677, 2112: 0.9395654, 2212: 0.9382721, 3112: 1.197449, 3122: 1.115683, 3222: 1.18937, 3312: 1.32171,
    3322: 1.31486, 3334: 1.67245,
}  # fmt: skip
PION = _MASSES[211]


def masses(pdg_ids: npt.NDArray[np.generic], default: float) -> npt.NDArray[np.float64]:
    """Return the mass in GeV of each particle (M,) by its PDG id, `default` for an unknown one."""
    kinds, inverse = np.unique(np.abs(pdg_ids), return_inverse=True)
    return np.array([_MASSES.get(int(kind), default) for kind in kinds], np.float64)[inverse]
