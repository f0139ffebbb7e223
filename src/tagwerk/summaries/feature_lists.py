"""Which features a summary has moments of, by sequence and by tree."""

from collections.abc import Mapping, Sequence

from tagwerk.cards.base import suggestion
from tagwerk.cards.dataset import Dataset
from tagwerk.cards.tagger import Inputs
from tagwerk.errors import UserError
from tagwerk.jets.features import FEATURES, PT_ETA_PHI_ENERGY
from tagwerk.jets.node_features import NODE_FEATURES
from tagwerk.jets.variable_features import variable_features

FeatureLists = Mapping[str, Sequence[str]]

ALL, NONE = "all", "none"


def all_features(dataset: Dataset) -> dict[str, list[str]]:
    """Return all features that taggers may use."""
    further = {name: variable_features(each.extra) for name, each in dataset.sequences.items()}
    sequences = {name: [*PT_ETA_PHI_ENERGY, *FEATURES, *features] for name, features in further.items()}
    return sequences | {tree: [*NODE_FEATURES, *further[name]] for tree, (name, _) in dataset.trees().items()}


def features_of(inputs: Inputs) -> dict[str, list[str]]:
    """Return the features that a tagger with these inputs uses."""
    return {**inputs.sequences, **inputs.trees}


def format_features(features: FeatureLists) -> str:
    """Return features as text, which `parse_features` reads: such as `constituents.log_pt,constituents.delta_r`."""
    return ",".join(sorted(f"{group}.{name}" for group, names in features.items() for name in names)) or NONE


def parse_features(text: str, dataset: Dataset) -> FeatureLists:
    """Return the features in a text, `all` or `none` included.

    Raises:
        UserError: the dataset has no such feature.
    """
    known = all_features(dataset)
    if text in (ALL, NONE):
        return known if text == ALL else {}
    lists: dict[str, list[str]] = {}
    for item in text.split(","):
        group, _, name = item.partition(".")
        if group not in known:
            raise UserError(f"features: there is no sequence or tree '{group}'; {suggestion(group, list(known))}")
        if name not in known[group]:
            raise UserError(f"features: there is no '{name}' of '{group}'; {suggestion(name, known[group])}")
        lists.setdefault(group, []).append(name)
    return lists
