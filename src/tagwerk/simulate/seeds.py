"""Seeds of random numbers: every part of a dataset has its own, derived from the dataset's seed and the part alone."""

from typing import NamedTuple
from zlib import crc32

import numpy as np

from tagwerk.arrays import Ints

_MAX_PYTHIA_SEED = 900_000_000  # Pythia's manual, page Random Numbers


class Seeds(NamedTuple):
    """Pythia's seed, from 1 to 900,000,000, and the detector's random generator."""

    pythia: int
    detector: np.random.Generator


def seeds(dataset_seed: int, process: str, number: int) -> Seeds:
    """Return the seeds of one part; they do not change when other processes or parts are added or removed."""
    pythia, detector = _root(dataset_seed, process, number).spawn(2)
    return Seeds(
        pythia=1 + int(pythia.generate_state(1, np.uint64)[0] % _MAX_PYTHIA_SEED),
        detector=np.random.default_rng(detector),
    )


def random_generator(dataset_seed: int, process: str, number: int) -> np.random.Generator:
    """Return the random generator of one part that is made without Pythia."""
    return np.random.default_rng(_root(dataset_seed, process, number))


def event_numbers(process: int, number: int, event: Ints) -> Ints:
    """Return event numbers that are unique in a dataset, below 2^63: process, file and event in 15, 16 and 32 bits."""
    return (process << 48) + (number << 32) + event


def _root(dataset_seed: int, process: str, number: int) -> np.random.SeedSequence:
    return np.random.SeedSequence([dataset_seed, crc32(process.encode()), number])
