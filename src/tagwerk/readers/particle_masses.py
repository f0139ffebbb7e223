"""The masses of particles, for files that give their codes alone."""

import numpy as np
import numpy.typing as npt

# GeV, by |PDG id| (PDG 2024): what lives long enough to reach a detector. 1 and 2 are the hadrons and photons of CMS's
# forward calorimeter, of which no mass is known.
_MASSES = {
    1: 0.0, 2: 0.0, 11: 0.00051099895, 13: 0.1056583755, 22: 0.0, 130: 0.497611, 211: 0.13957039, 310: 0.497611,
    321: 0.493677, 2112: 0.9395654, 2212: 0.9382721, 3112: 1.197449, 3122: 1.115683, 3222: 1.18937, 3312: 1.32171,
    3322: 1.31486, 3334: 1.67245,
}  # fmt: skip
PION = _MASSES[211]


def masses(codes: npt.NDArray[np.generic], others: float) -> npt.NDArray[np.float64]:
    """Return the mass in GeV of each particle (M,) by its PDG id, and this one for codes that are not known."""
    kinds, places = np.unique(np.abs(codes), return_inverse=True)
    return np.array([_MASSES.get(int(kind), others) for kind in kinds], np.float64)[places]
