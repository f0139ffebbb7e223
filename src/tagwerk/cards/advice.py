"""What to add to a dataset's card for a tagger that wants more of it."""

from tagwerk.cards.base import nearest
from tagwerk.cards.dataset import Dataset
from tagwerk.jets.features import FEATURES, PT_ETA_PHI_ENERGY
from tagwerk.jets.substructure import VARIABLES
from tagwerk.jets.topologies import TOPOLOGIES

_MAIN = "constituents"


def for_scalar(name: str, dataset: Dataset) -> str:
    """Return how to come to a variable of jets."""
    if name not in VARIABLES:
        return f"{nearest(name, [*dataset.scalars, *VARIABLES])} (or add it to the key 'jet.extra' there)"
    others = "" if _MAIN in dataset.sequences else f", and {for_sequence(_MAIN, dataset)}"
    return f"add it to the key 'substructure' there{others}"


def for_sequence(name: str, dataset: Dataset) -> str:
    """Return how to come to a sequence."""
    known = list(dataset.sequences)
    which = known[0] if len(known) == 1 else f"one of {', '.join(known)}"
    return f"{nearest(name, known)}; call {which} '{name}' there, or name it so in a copy of the tagger's card"


def for_feature(name: str, sequence: str, dataset: Dataset) -> str:
    """Return how to come to a feature of constituents."""
    known = [*PT_ETA_PHI_ENERGY, *FEATURES, *dataset.sequences[sequence].extra]
    return f"{nearest(name, known)} (or add it to the key 'sequences.{sequence}.extra' there)"


def for_tree(name: str, dataset: Dataset) -> str:
    """Return how to come to a tree, which is named by its sequence and topology."""
    for topology in TOPOLOGIES:
        sequence = name.removesuffix(f"_{topology}")
        if sequence in dataset.sequences:
            return f"add '{topology}' to the key 'sequences.{sequence}.trees' there"
        if sequence != name:
            return for_sequence(sequence, dataset)
    return "name it as sequence and topology, and the topology there in 'sequences.<name>.trees'"
