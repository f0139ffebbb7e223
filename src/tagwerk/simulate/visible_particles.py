"""The particles of an event that a detector can measure: stable and interacting."""

from typing import Any, NamedTuple

import awkward as ak
import numpy as np

from tagwerk.arrays import Bools, Floats64, Ints
from tagwerk.jets.kinematics import pt_eta_phi

NONE, PILEUP = -1, -2  # ancestors of particles that descend from no top or tau, or from a pile-up interaction
_MAX_ETA = 4.9  # where the calorimeters' resolution formulas end


class Particles(NamedTuple):
    """Particles of many events, one per row; momenta in GeV, production vertices in mm."""

    event: Ints  # index within the batch, in ascending order
    id: Ints  # PDG code
    charge: Floats64  # in units of the proton's
    pt: Floats64
    eta: Floats64
    phi: Floats64
    energy: Floats64
    x: Floats64
    y: Floats64
    z: Floats64
    ancestor: Ints  # which top or tau of the event it descends from, from 0; NONE, or PILEUP


class Species(NamedTuple):
    """All particle species that Pythia knows, one per row, in ascending order of PDG code."""

    id: Ints
    charge: Floats64
    visible: Bools


def species(pythia: Any) -> Species:
    """Return charge and visibility by PDG code; neutrinos and the like are invisible."""
    table = pythia.particleData
    ids, code = [], 1  # the d quark is the first; after the last species nextId returns 0
    while code > 0:
        ids += [-code, code] if table.hasAnti(code) else [code]
        code = table.nextId(code)
    ids.sort()
    return Species(
        np.array(ids),
        np.array([table.charge(code) for code in ids], dtype=float),
        np.array([table.isVisible(code) for code in ids]),
    )


def visible_particles(record: ak.Array, species: Species, ancestors: Ints) -> Particles:
    """Return the stable, visible particles within |eta| < 4.9.

    Args:
        record: event records, event * var * particle, as returned by `EventSource.generate`.
        species: the species in the record.
        ancestors: for every particle of the record, flat, the top or tau of its event that it descends from, or NONE.
    """
    events = np.repeat(np.arange(len(record)), ak.num(record))
    flat = ak.flatten(record)
    stable = np.flatnonzero(ak.to_numpy(flat.status) > 0)
    row = np.searchsorted(species.id, ak.to_numpy(flat.id)[stable])
    px, py, pz = (ak.to_numpy(flat.p[component])[stable] for component in ("px", "py", "pz"))
    pt, eta, phi = pt_eta_phi(px, py, pz)
    selected = species.visible[row] & (pt > 0) & (np.abs(eta) < _MAX_ETA)  # none at rest
    index = stable[selected]
    vertex = flat.vProd[index]
    return Particles(
        event=events[index],
        id=species.id[row[selected]],
        charge=species.charge[row[selected]],
        pt=pt[selected],
        eta=eta[selected],
        phi=phi[selected],
        energy=ak.to_numpy(flat.p.e)[index],
        x=ak.to_numpy(ak.fill_none(vertex.px, 0.0)),
        y=ak.to_numpy(ak.fill_none(vertex.py, 0.0)),
        z=ak.to_numpy(ak.fill_none(vertex.pz, 0.0)),
        ancestor=ancestors[index],
    )
