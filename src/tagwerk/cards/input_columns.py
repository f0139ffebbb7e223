"""The columns of a tagger's inputs, from its card and the dataset's card."""

from tagwerk.cards.dataset import Dataset
from tagwerk.cards.tagger import Inputs
from tagwerk.jets.features import PT_ETA_PHI_ENERGY
from tagwerk.jets.nodes import MERGE_FIELDS
from tagwerk.layers.schema import Schema


def schema_of(dataset: Dataset, inputs: Inputs) -> Schema:
    """Return the columns that a tagger with these inputs needs from a dataset."""
    trees = {name: dataset.trees()[name][0] for name in inputs.trees}
    features = {sequence: list[str]() for sequence in trees.values()} | inputs.sequences
    sequences = {
        name: [*PT_ETA_PHI_ENERGY, *(extra for extra in dataset.sequences[name].extra if extra in requested)]
        for name, requested in features.items()
    }
    merges = {name: list(MERGE_FIELDS) for name in trees}
    classes = [jet_class.name for jet_class in dataset.classes]
    origins = {name: [each.name for each in found] for name in features if (found := dataset.sequences[name].origins)}
    return Schema(classes, dataset.scalars, sequences | merges, trees, origins=origins)
