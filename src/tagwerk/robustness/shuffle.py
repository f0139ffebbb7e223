"""Jets whose constituents are in no order."""

from dataclasses import replace

import numpy as np

from tagwerk.jets.chunk import Chunk
from tagwerk.jets.ragged import Ragged


def shuffle(chunk: Chunk, random: np.random.Generator) -> Chunk:
    """Return the same jets with the constituents of each sequence in random order; trees are dropped.

    Tagwerk orders what it reads, so its own taggers never see such jets; applications that forget to sort do.
    """
    shuffled = {name: _shuffled(each, random) for name, each in chunk.sequences.items()}
    return replace(chunk, sequences=shuffled, trees={})


def _shuffled(constituents: Ragged, random: np.random.Generator) -> Ragged:
    order = np.lexsort((random.uniform(size=len(constituents.jet_index)), constituents.jet_index))
    return Ragged({name: values[order] for name, values in constituents.values.items()}, constituents.counts)
