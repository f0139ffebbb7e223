"""Suggestions of what to change in a dataset's card when a tagger asks for something that it lacks."""

from tagwerk.cards.base import suggestion
from tagwerk.cards.dataset import Dataset
from tagwerk.jets.features import FEATURES, PT_ETA_PHI_ENERGY
from tagwerk.jets.substructure import VARIABLES
from tagwerk.jets.tau_variables import TAU_VARIABLES
from tagwerk.jets.topologies import TOPOLOGIES
from tagwerk.jets.variable_features import needed_variables, variable_features

_MAIN = "constituents"


def suggest_scalar(name: str, dataset: Dataset) -> str:
    """Return how to provide a jet variable."""
    if name in TAU_VARIABLES:
        return "add it to the key 'tau_variables' in its card"
    if name not in VARIABLES:
        known = [*dataset.scalars, *VARIABLES, *TAU_VARIABLES]
        return f"{suggestion(name, known)} (or add it to the key 'jet.extra' in its card)"
    others = "" if _MAIN in dataset.sequences else f", and {_renaming(_MAIN, dataset)}"
    return f"add it to the key 'substructure' in its card{others}"


def suggest_sequence(name: str, dataset: Dataset) -> str:
    """Return how to provide a sequence."""
    hint = suggestion(name, list(dataset.sequences))
    return f"{hint}; {_renaming(name, dataset)} in its card, or use another name in a copy of the tagger's card"


def suggest_feature(name: str, sequence: str, dataset: Dataset) -> str:
    """Return how to provide a constituent feature."""
    extra = dataset.sequences[sequence].extra
    known = [*PT_ETA_PHI_ENERGY, *FEATURES, *variable_features(extra)]
    missing = [f"'{needed}'" for needed in needed_variables(name, extra) if needed not in extra]
    added = " and ".join(missing) or "it"
    return f"{suggestion(name, known)} (or add {added} to the key 'sequences.{sequence}.extra' in its card)"


def suggest_tree(name: str, dataset: Dataset) -> str:
    """Return how to provide a tree, which is named by its sequence and topology."""
    for topology in TOPOLOGIES:
        sequence = name.removesuffix(f"_{topology}")
        if sequence in dataset.sequences:
            return f"add '{topology}' to the key 'sequences.{sequence}.trees' in its card"
        if sequence != name:
            return suggest_sequence(sequence, dataset)
    return "name it <sequence>_<topology>, and add the topology to the key 'sequences.<sequence>.trees' in its card"


def _renaming(name: str, dataset: Dataset) -> str:
    known = list(dataset.sequences)
    sequence = known[0] if len(known) == 1 else f"one of {', '.join(known)}"
    return f"rename {sequence} to '{name}'"
