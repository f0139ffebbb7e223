"""The trees in jet records, with their momenta, which the records do not hold."""

from typing import Any

import awkward as ak
import numpy as np

from tagwerk.errors import UserError
from tagwerk.jets.features import PT_ETA_PHI_ENERGY
from tagwerk.jets.nodes import CHILDREN
from tagwerk.jets.ragged import Ragged
from tagwerk.jets.trees import merge_momenta


def tree_with_momenta(records: ak.Array, sequence: str, tree: str) -> tuple[Ragged, Ragged]:
    """Return the constituents of N jets and the merges of one of their trees, both with momenta in GeV and radians.

    Raises:
        UserError: the merges do not form a tree of the constituents.
    """
    constituents = _columns(records[sequence], PT_ETA_PHI_ENERGY, np.float32)
    merges = _columns(records[tree], CHILDREN, np.uint16)
    try:
        momenta = merge_momenta(constituents, merges)
    except ValueError as error:
        raise UserError(f"'{tree}' is not a tree of '{sequence}' ({error}); run `tagwerk ingest` again") from None
    return constituents, Ragged({**merges.values, **momenta.values}, merges.counts)


def _columns(lists: ak.Array, names: tuple[str, ...], dtype: type[np.number[Any]]) -> Ragged:
    columns = {name: ak.to_numpy(ak.flatten(lists[name]), allow_missing=False).astype(dtype) for name in names}
    return Ragged(columns, ak.to_numpy(ak.num(lists)).astype(np.int64))
