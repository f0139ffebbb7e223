"""The record of a simulated jet, as in the file."""

import awkward as ak
import numpy as np

from tagwerk.simulate.constituents import Constituents
from tagwerk.simulate.jet_finding import FoundJets
from tagwerk.simulate.rows import take_rows
from tagwerk.simulate.truth import Tops

#: Branches of the tree and their types; GeV, radians, mm.
BRANCHES = {
    "event": "uint64",
    "jet_pt": "float32",
    "jet_eta": "float32",
    "jet_phi": "float32",
    "jet_mass": "float32",
    "jet_top": "int8",  # 1 if the jet is matched to a top
    "jet_top_pt": "float32",  # of that top before its decay; 0 if there is none
}
CONSTITUENTS = {
    "pt": "float32",
    "eta": "float32",
    "phi": "float32",
    "energy": "float32",
    "charge": "int8",
    "kind": "int8",  # 0 ECAL cell, 1 HCAL cell, 2 charged hadron, 3 electron, 4 muon
    "d0": "float32",  # true transverse impact parameter of a track; 0 for cells
    "z0": "float32",  # true longitudinal impact parameter
    "from_top": "int8",  # 1 if it comes from the top that the jet is matched to
}


def jet_records(jets: FoundJets, constituents: Constituents, tops: Tops, matched: np.ndarray) -> ak.Array:
    """Return one record per jet: the fields of `BRANCHES`, and `constituents`, a list of records of `CONSTITUENTS`.

    Args:
        jets: the selected jets.
        constituents: of the batch of events, to which the jets' row indices refer.
        tops: of the batch.
        matched: row of the top that each jet is matched to, or -1.
    """
    counts = ak.num(jets.constituents)
    inside = take_rows(constituents, ak.to_numpy(ak.flatten(jets.constituents)))
    top_of_jet = np.repeat(_of_matched(tops.ordinal, matched, -2), counts)
    columns = inside._asdict() | {"from_top": inside.ancestor == top_of_jet}
    fields = {
        "event": jets.event,
        "jet_pt": jets.pt,
        "jet_eta": jets.eta,
        "jet_phi": jets.phi,
        "jet_mass": jets.mass,
        "jet_top": matched >= 0,
        "jet_top_pt": _of_matched(tops.pt, matched, 0),
    }
    flat = ak.zip({name: np.asarray(columns[name], dtype) for name, dtype in CONSTITUENTS.items()})
    return ak.zip(
        {name: np.asarray(fields[name], dtype) for name, dtype in BRANCHES.items()}
        | {"constituents": ak.unflatten(flat, counts)},
        depth_limit=1,
    )


def _of_matched(column: np.ndarray, matched: np.ndarray, default: int) -> np.ndarray:
    """Return a property of the top that each jet is matched to, or a default."""
    values = np.full(len(matched), default, dtype=np.result_type(column, np.int8))
    values[matched >= 0] = column[matched[matched >= 0]]
    return values
