"""Anti-kt jets of many events, with FastJet's Awkward interface."""

from typing import NamedTuple

import awkward as ak
import fastjet
import numpy as np

from tagwerk.arrays import Floats64, Ints
from tagwerk.internals import silence_fastjet
from tagwerk.jets.kinematics import pt_eta_phi
from tagwerk.jets.momentum import cartesian
from tagwerk.simulate.constituents import Constituents
from tagwerk.simulate.rows import take_rows


class FoundJets(NamedTuple):
    """Jets above threshold, one per row, in ascending order of event."""

    event: Ints
    pt: Floats64  # GeV
    eta: Floats64
    phi: Floats64
    mass: Floats64  # GeV
    constituents: ak.Array  # jets * var * int64: row indices in the table of constituents


def leading_jets(constituents: Constituents, events: int, radius: float, min_pt: float) -> FoundJets:
    """Return the jet of largest pT of each event that has one above `min_pt`; arguments as for `find_jets`."""
    jets = find_jets(cartesian(constituents._asdict()), constituents.event, events, radius, min_pt)
    by_event = np.lexsort((-jets.pt, jets.event))
    first = np.unique(jets.event[by_event], return_index=True)[1]
    return take_rows(jets, by_event[first])


def find_jets(momenta: dict[str, Floats64], event: Ints, events: int, radius: float, min_pt: float) -> FoundJets:
    """Return the anti-kt jets (arXiv:0802.1189) above `min_pt` (GeV).

    Args:
        momenta: px, py, pz and energy of what is clustered, GeV.
        event: of each, in ascending order.
        events: number of events, including empty ones.
        radius: radius parameter of anti-kt.
        min_pt: threshold on a jet's transverse momentum, GeV.
    """
    silence_fastjet()
    counts = np.bincount(event, minlength=events)
    definition = fastjet.JetDefinition(fastjet.antikt_algorithm, radius)
    inputs = ak.zip({"px": momenta["px"], "py": momenta["py"], "pz": momenta["pz"], "E": momenta["energy"]})
    sequence = fastjet.ClusterSequence(ak.unflatten(inputs, counts), definition)
    jets = sequence.inclusive_jets(min_pt)
    rows = sequence.constituent_index(min_pt) + (np.cumsum(counts) - counts)
    of_event = np.repeat(np.arange(events), ak.to_numpy(ak.num(jets)))
    jet = ak.flatten(jets)
    px, py, pz, energy = (ak.to_numpy(jet[component]) for component in ("px", "py", "pz", "E"))
    pt, eta, phi = pt_eta_phi(px, py, pz)
    mass = np.sqrt(np.maximum(np.square(energy) - np.square(pt) - np.square(pz), 0.0))
    return FoundJets(of_event, pt, eta, phi, mass, ak.flatten(rows, axis=1))
