"""The trees in jet records, with their momenta, which the records do not hold."""

from collections.abc import Sequence

import awkward as ak
import numpy as np

from tagwerk.errors import UserError
from tagwerk.jets.features import PT_ETA_PHI_ENERGY
from tagwerk.jets.nodes import CHILDREN
from tagwerk.jets.ragged import Ragged
from tagwerk.jets.trees import merge_momenta


def tree_with_momenta(records: ak.Array, sequence: str, tree: str, extra: Sequence[str] = ()) -> tuple[Ragged, Ragged]:
    """Return the constituents of N jets and the merges of one of their trees, both with momenta in GeV and radians.

    Args:
        records: of the jets.
        sequence: of the constituents.
        tree: their tree.
        extra: further variables of the constituents to return.

    Raises:
        UserError: the merges do not form a tree of the constituents.
    """
    constituents = Ragged.of_lists(records[sequence], [*PT_ETA_PHI_ENERGY, *extra])
    merges = Ragged.of_lists(records[tree], CHILDREN, np.uint16)
    try:
        momenta = merge_momenta(constituents, merges)
    except ValueError as error:
        raise UserError(f"'{tree}' is not a tree of '{sequence}' ({error}); run `tagwerk ingest` again") from None
    return constituents, Ragged({**merges.values, **momenta.values}, merges.counts)
