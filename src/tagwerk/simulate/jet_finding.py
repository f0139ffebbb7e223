"""The leading anti-kt jet of every event, with FastJet's Awkward interface."""

from typing import NamedTuple

import awkward as ak
import fastjet
import numpy as np

from tagwerk.arrays import Floats64, Ints
from tagwerk.jets.kinematics import pt_eta_phi
from tagwerk.jets.momentum import cartesian
from tagwerk.simulate.constituents import Constituents


class LeadingJets(NamedTuple):
    """The jet of largest pT of each event that has one above threshold, one per row."""

    event: Ints
    pt: Floats64  # GeV
    eta: Floats64
    phi: Floats64
    mass: Floats64  # GeV
    constituents: ak.Array  # jets * var * int64: row indices in the table of constituents


def leading_jets(constituents: Constituents, events: int, radius: float, min_pt: float) -> LeadingJets:
    """Return the leading anti-kt jet (arXiv:0802.1189) of each event that has one above `min_pt` (GeV).

    Args:
        constituents: of all events, in ascending order of event.
        events: number of events, including empty ones.
        radius: radius parameter of anti-kt.
        min_pt: threshold on the jet's transverse momentum, GeV.
    """
    counts = np.bincount(constituents.event, minlength=events)
    definition = fastjet.JetDefinition(fastjet.antikt_algorithm, radius)
    sequence = fastjet.ClusterSequence(ak.unflatten(_momenta(constituents), counts), definition)
    jets = sequence.inclusive_jets(min_pt)
    rows = sequence.constituent_index(min_pt) + (np.cumsum(counts) - counts)
    jets_per_event = ak.to_numpy(ak.num(jets))
    hardest = ak.fill_none(ak.argmax(np.square(jets.px) + np.square(jets.py), axis=1), 0)
    event = np.flatnonzero(jets_per_event)
    leading = (np.cumsum(jets_per_event) - jets_per_event + ak.to_numpy(hardest))[event]
    jet = ak.flatten(jets)[leading]
    px, py, pz, energy = (ak.to_numpy(jet[component]) for component in ("px", "py", "pz", "E"))
    pt, eta, phi = pt_eta_phi(px, py, pz)
    mass = np.sqrt(np.maximum(np.square(energy) - np.square(pt) - np.square(pz), 0.0))
    return LeadingJets(event, pt, eta, phi, mass, ak.flatten(rows, axis=1)[leading])


def _momenta(constituents: Constituents) -> ak.Array:
    momenta = cartesian(constituents._asdict())
    return ak.zip({"px": momenta["px"], "py": momenta["py"], "pz": momenta["pz"], "E": momenta["energy"]})
