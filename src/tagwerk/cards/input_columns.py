"""The columns of a tagger's inputs, from its card and the dataset's card."""

from pydantic import BaseModel

from tagwerk.cards.dataset import Dataset
from tagwerk.cards.tagger import Inputs
from tagwerk.jets.features import PT_ETA_PHI_ENERGY
from tagwerk.jets.nodes import MERGE_FIELDS
from tagwerk.jets.variable_features import needed_variables
from tagwerk.layers.schema import Schema


class Ordering(BaseModel):
    """Which constituents a model has seen, and in which order.

    Attributes:
        key: by which they are in descending order, in terms of the dataset card's variables.
        max_length: their maximum number.
        selection: that they passed, if there is one.
    """

    key: str
    max_length: int
    selection: str | None


def schema_of(dataset: Dataset, inputs: Inputs) -> Schema:
    """Return the columns that a tagger with these inputs needs from a dataset."""
    trees = {name: dataset.trees()[name][0] for name in inputs.trees}
    features = {name: list(inputs.sequences.get(name, ())) for name in (*trees.values(), *inputs.sequences)}
    for tree, sequence in trees.items():
        features[sequence] += inputs.trees[tree]
    sequences = {name: [*PT_ETA_PHI_ENERGY, *_extra(dataset, name, names)] for name, names in features.items()}
    merges = {name: list(MERGE_FIELDS) for name in trees}
    classes = [jet_class.name for jet_class in dataset.classes]
    origins = {name: [each.name for each in found] for name in features if (found := dataset.sequences[name].origins)}
    return Schema(classes, dataset.scalars, sequences | merges, trees, origins=origins)


def ordering_of(dataset: Dataset, schema: Schema) -> dict[str, Ordering]:
    """Return which constituents of each sequence of a schema there are, and in which order."""
    sequences = {name: dataset.sequences[name] for name in schema.sequences if name not in schema.trees}
    return {
        name: Ordering(key=sequence.order, max_length=sequence.max_length, selection=sequence.selection)
        for name, sequence in sequences.items()
    }


def _extra(dataset: Dataset, sequence: str, features: list[str]) -> list[str]:
    """Return the further variables of a sequence that features need, in the order of the dataset's card."""
    extra = dataset.sequences[sequence].extra
    needed = {name for feature in features for name in needed_variables(feature, extra)}
    return [name for name in extra if name in needed]
