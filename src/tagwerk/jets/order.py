"""The order of a jet's constituents."""

import awkward as ak


def order_by_pt(constituents: ak.Array) -> ak.Array:
    """Return the constituents of each jet by falling transverse momentum; equal ones keep their order."""
    return constituents[ak.argsort(constituents.pt, axis=1, ascending=False, stable=True)]
