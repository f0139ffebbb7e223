"""Test jets as a tagger sees them after a change of its input, with all that follows from their constituents."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Self
from zlib import crc32

import awkward as ak
import numpy as np
import numpy.typing as npt

from tagwerk.cards.dataset import Dataset
from tagwerk.cards.tagger import Tagger
from tagwerk.jets.chunk import Chunk
from tagwerk.jets.identity import jet_identity
from tagwerk.jets.trees import build_trees
from tagwerk.layers.schema import Schema
from tagwerk.readers.jet_record import ordered, with_substructure
from tagwerk.records.parts import ArrayRowGroup
from tagwerk.robustness.sample import chunk_of
from tagwerk.robustness.variations import Variation
from tagwerk.training.loading import Jets, read_jets


@dataclass(frozen=True, eq=False)
class ChangeableJets:
    """Test jets whose input to one tagger can be changed.

    Attributes:
        chunk: the jets, their constituents ordered.
        dataset: the card, with no other substructure and variables of taus than what the tagger reads.
        schema: the columns of the tagger's inputs.
        identity: one number per jet, (B,), which alone determines a random tree; no change of the input changes it.
        seed: of the changes.
    """

    chunk: Chunk
    dataset: Dataset
    schema: Schema
    identity: npt.NDArray[np.uint64]
    seed: int

    @classmethod
    def of(cls, records: ak.Array, dataset: Dataset, tagger: Tagger, schema: Schema, seed: int) -> Self:
        """Return the jets of records (B,) of a dataset, for a tagger whose inputs have these columns."""
        chunk = ordered(chunk_of(records, list(dataset.sequences)), dataset)
        read = {
            key: [name for name in getattr(dataset, key) if name in tagger.inputs.scalars]
            for key in ("substructure", "tau_variables")
        }
        identity = jet_identity(chunk.event, chunk.jet)
        return cls(chunk, dataset.model_copy(update=read), schema, identity, seed)

    def nominal(self) -> Jets:
        """Return the jets without any change."""
        return self._loaded(self.chunk)

    def changed(self, variation: Variation) -> Jets:
        """Return the jets after a change, which is the same for all taggers."""
        random = np.random.default_rng([self.seed, crc32(variation.key.encode())])
        chunk = variation.change(self.chunk, random)
        if variation.ordered:
            chunk = ordered(chunk, self.dataset)
        return self._loaded(with_substructure(chunk, self.dataset) if variation.substructure else chunk)

    def _loaded(self, chunk: Chunk) -> Jets:
        """Return jets as the tagger's library takes them, with their trees."""
        wanted = self.dataset.trees()
        trees = {
            name: build_trees(chunk.sequences[sequence], wanted[name][1], self.identity)
            for name, sequence in self.schema.trees.items()
        }
        records = replace(chunk, trees=trees).records()
        return read_jets(ArrayRowGroup(Path("test jets"), records, len(records), 0), self.schema)


def have_same_inputs(first: Jets, second: Jets) -> bool:
    """Return whether a tagger sees no difference between two samples of the same jets."""
    return np.array_equal(first.scalars, second.scalars, equal_nan=True) and all(
        np.array_equal(lists.counts, second.sequences[name].counts)
        and np.array_equal(lists.content, second.sequences[name].content)
        for name, lists in first.sequences.items()
    )
