"""Features of the constituents of jet records as arrays, for models of one's own."""

from collections.abc import Sequence

import awkward as ak

from tagwerk.cards.excerpts import suggestion
from tagwerk.errors import UserError
from tagwerk.jets.features import FEATURES, PT_ETA_PHI_ENERGY, features, flat_view
from tagwerk.jets.ragged import Ragged
from tagwerk.jets.variable_features import variable_features


def constituent_features(records: ak.Array, names: Sequence[str], sequence: str = "constituents") -> ak.Array:
    """Return features of the constituents as taggers compute them, but not normalised, (N, var, F).

    Args:
        records: N jets, as `tagwerk.read` and `tagwerk.read_records` return them.
        names: F features, such as `log_pt_share` and `delta_eta`, or variables of the constituents.
        sequence: whose constituents.

    Raises:
        UserError: a feature is unknown, or the jets lack the sequence or a variable.
    """
    if sequence not in records.fields:
        raise UserError(f"the records have no sequence '{sequence}'; {suggestion(sequence, records.fields)}")
    variables = records[sequence].fields
    known = [*PT_ETA_PHI_ENERGY, *FEATURES, *variable_features(sorted({*variables} - {*PT_ETA_PHI_ENERGY}))]
    for name in names:
        if name not in known:
            raise UserError(f"unknown feature '{name}' of '{sequence}'; {suggestion(name, known)}")
    jet = {name: ak.to_numpy(records.jet[name]) for name in records.jet.fields}
    constituents = Ragged.of_lists(records[sequence], variables)
    return ak.unflatten(features(flat_view(constituents, jet), list(names)), constituents.counts)
