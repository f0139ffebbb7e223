"""FastJet through its Awkward interface: the leading anti-kt jet of every event."""

from typing import NamedTuple

import awkward as ak
import fastjet
import numpy as np

from tagwerk.arrays import Floats64, Ints
from tagwerk.simulate.constituents import Constituents


class LeadingJets(NamedTuple):
    """The jet of largest transverse momentum of each event that has one above the threshold, a row each."""

    event: Ints
    pt: Floats64  # GeV
    eta: Floats64
    phi: Floats64
    mass: Floats64  # GeV
    constituents: ak.Array  # jets * var * int64: rows of the table of constituents


def leading_jets(constituents: Constituents, events: int, radius: float, smallest_pt: float) -> LeadingJets:
    """Return the leading anti-kt jet (arXiv:0802.1189) of each event that has one above `smallest_pt` (GeV).

    Args:
        constituents: those of `events` events, by rising event.
        events: how many events there are, empty ones too.
        radius: anti-kt's radius parameter.
        smallest_pt: threshold on the jet's transverse momentum, GeV.
    """
    counts = np.bincount(constituents.event, minlength=events)
    definition = fastjet.JetDefinition(fastjet.antikt_algorithm, radius)
    sequence = fastjet.ClusterSequence(ak.unflatten(_momenta(constituents), counts), definition)
    jets = sequence.inclusive_jets(smallest_pt)
    rows = sequence.constituent_index(smallest_pt) + (np.cumsum(counts) - counts)
    number = ak.to_numpy(ak.num(jets))
    hardest = ak.fill_none(ak.argmax(np.square(jets.px) + np.square(jets.py), axis=1), 0)
    event = np.flatnonzero(number)
    leading = (np.cumsum(number) - number + ak.to_numpy(hardest))[event]
    jet = ak.flatten(jets)[leading]
    px, py, pz, energy = (ak.to_numpy(jet[component]) for component in ("px", "py", "pz", "E"))
    pt = np.hypot(px, py)
    mass = np.sqrt(np.maximum(np.square(energy) - np.square(pt) - np.square(pz), 0.0))
    return LeadingJets(event, pt, np.arcsinh(pz / pt), np.arctan2(py, px), mass, ak.flatten(rows, axis=1)[leading])


def _momenta(constituents: Constituents) -> ak.Array:
    pt, phi = constituents.pt, constituents.phi
    columns = {"px": pt * np.cos(phi), "py": pt * np.sin(phi), "pz": pt * np.sinh(constituents.eta)}
    return ak.zip(columns | {"E": constituents.energy})
