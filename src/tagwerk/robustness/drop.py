"""Jets without some of their constituents."""

import numpy as np

from tagwerk.arrays import Bools
from tagwerk.jets.chunk import Chunk
from tagwerk.jets.ragged import Ragged
from tagwerk.robustness.moved_jets import with_constituents


def drop_soft(chunk: Chunk, random: np.random.Generator, threshold: float) -> Chunk:
    """Return the jets without the constituents of a pT below this threshold in GeV; nothing is random."""
    return _keep(chunk, {name: each.values["pt"] >= threshold for name, each in chunk.sequences.items()})


def drop_fraction(chunk: Chunk, random: np.random.Generator, fraction: float) -> Chunk:
    """Return the jets without a random fraction of all constituents, each lost with this probability."""
    lost = {name: random.uniform(size=len(each.jet_index)) < fraction for name, each in chunk.sequences.items()}
    return _keep(chunk, {name: ~mask for name, mask in lost.items()})


def _keep(chunk: Chunk, masks: dict[str, Bools]) -> Chunk:
    kept: dict[str, Ragged] = {name: each.keep(masks[name]) for name, each in chunk.sequences.items()}
    return with_constituents(chunk, kept)
