"""The columns of a tagger's inputs, from its card and the dataset's."""

from tagwerk.cards.dataset import Dataset
from tagwerk.cards.tagger import Inputs
from tagwerk.jets.features import PT_ETA_PHI_ENERGY
from tagwerk.jets.nodes import MERGE
from tagwerk.layers.schema import Schema


def schema_of(dataset: Dataset, inputs: Inputs) -> Schema:
    """Return the columns that a tagger with these inputs needs from a dataset."""
    trees = {name: dataset.trees()[name][0] for name in inputs.trees}
    features = {sequence: list[str]() for sequence in trees.values()} | inputs.sequences
    sequences = {
        name: [*PT_ETA_PHI_ENERGY, *(extra for extra in dataset.sequences[name].extra if extra in wanted)]
        for name, wanted in features.items()
    }
    merges = {name: list(MERGE) for name in trees}
    return Schema([each.name for each in dataset.classes], dataset.scalars, sequences | merges, trees)
