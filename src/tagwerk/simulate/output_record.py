"""The record of a simulated jet, as it stands in the file."""

import awkward as ak
import numpy as np

from tagwerk.simulate.constituents import Constituents
from tagwerk.simulate.jet_finding import LeadingJets
from tagwerk.simulate.rows import take
from tagwerk.simulate.truth import Tops

#: Branches of the tree and their types; GeV, radians, mm.
BRANCHES = {
    "event": "uint64",
    "jet_pt": "float32",
    "jet_eta": "float32",
    "jet_phi": "float32",
    "jet_mass": "float32",
    "jet_top": "int8",  # 1 where the jet holds a top
    "jet_top_pt": "float32",  # of that top before it decays; 0 where there is none
}
CONSTITUENTS = {
    "pt": "float32",
    "eta": "float32",
    "phi": "float32",
    "energy": "float32",
    "charge": "int8",
    "kind": "int8",  # 0 ECAL cell, 1 HCAL cell, 2 charged hadron, 3 electron, 4 muon
    "d0": "float32",  # true transverse impact parameter of a track; 0 for cells
    "z0": "float32",  # true longitudinal one
    "from_top": "int8",  # 1 where it comes from the top that the jet holds
}


def jet_records(jets: LeadingJets, constituents: Constituents, tops: Tops, held: np.ndarray) -> ak.Array:
    """Return one record a jet: the fields of `BRANCHES`, and `constituents`, a list of records of `CONSTITUENTS`.

    Args:
        jets: the kept jets.
        constituents: those of the whole batch of events, to which the jets' rows point.
        tops: those of the batch.
        held: for each jet, the row of the top that it holds, or -1.
    """
    counts = ak.num(jets.constituents)
    inside = take(constituents, ak.to_numpy(ak.flatten(jets.constituents)))
    holds = held >= 0
    of_jet = np.repeat(_of_held(tops.ordinal, held, -2), counts)
    columns = inside._asdict() | {"from_top": inside.top == of_jet}
    fields = {
        "event": jets.event,
        "jet_pt": jets.pt,
        "jet_eta": jets.eta,
        "jet_phi": jets.phi,
        "jet_mass": jets.mass,
        "jet_top": holds,
        "jet_top_pt": _of_held(tops.pt, held, 0),
    }
    flat = ak.zip({name: np.asarray(columns[name], dtype) for name, dtype in CONSTITUENTS.items()})
    return ak.zip(
        {name: np.asarray(fields[name], dtype) for name, dtype in BRANCHES.items()}
        | {"constituents": ak.unflatten(flat, counts)},
        depth_limit=1,
    )


def _of_held(column: np.ndarray, held: np.ndarray, otherwise: int) -> np.ndarray:
    """Return a property of the top that each jet holds, or another value where it holds none."""
    values = np.full(len(held), otherwise, dtype=np.result_type(column, np.int8))
    values[held >= 0] = column[held[held >= 0]]
    return values
