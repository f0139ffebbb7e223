"""Seeds of random numbers: every part of a dataset has its own, derived from the dataset's seed and the part alone."""

from typing import NamedTuple
from zlib import crc32

import numpy as np

_MAX_PYTHIA_SEED = 900_000_000  # Pythia's manual, page Random Numbers


class Seeds(NamedTuple):
    """Pythia's seed, from 1 to 900,000,000, and the detector's random generator."""

    pythia: int
    detector: np.random.Generator


def seeds(dataset_seed: int, process: str, number: int) -> Seeds:
    """Return the seeds of one part; they do not change when other processes or parts are added or removed."""
    root = np.random.SeedSequence([dataset_seed, crc32(process.encode()), number])
    pythia, detector = root.spawn(2)
    return Seeds(
        pythia=1 + int(pythia.generate_state(1, np.uint64)[0] % _MAX_PYTHIA_SEED),
        detector=np.random.default_rng(detector),
    )
