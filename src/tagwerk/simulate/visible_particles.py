"""What a detector could see of an event: its stable, interacting particles."""

from typing import Any, NamedTuple

import awkward as ak
import numpy as np

from tagwerk.arrays import Bools, Floats64, Ints

_LARGEST_ETA = 4.9  # where the calorimeters' resolution formulas end


class Particles(NamedTuple):
    """Particles of many events, a row each; momenta in GeV, production vertices in mm."""

    event: Ints  # counts from 0 within the batch and never falls
    id: Ints  # PDG code
    charge: Floats64  # units of the proton's
    pt: Floats64
    eta: Floats64
    phi: Floats64
    energy: Floats64
    x: Floats64
    y: Floats64
    z: Floats64
    top: Ints  # which top of the event it descends from, 0 or 1; -1 for none


class Species(NamedTuple):
    """All particle species that Pythia knows, a row each, by rising PDG code."""

    id: Ints
    charge: Floats64
    visible: Bools


def species(pythia: Any) -> Species:
    """Return charge and visibility by PDG code; neutrinos and their like are invisible."""
    table = pythia.particleData
    ids, code = [], 1  # the d quark comes first; after the last species nextId gives 0
    while code > 0:
        ids += [-code, code] if table.hasAnti(code) else [code]
        code = table.nextId(code)
    ids.sort()
    return Species(
        np.array(ids),
        np.array([table.charge(code) for code in ids], dtype=float),
        np.array([table.isVisible(code) for code in ids]),
    )


def visible(record: ak.Array, known: Species, tops: Ints) -> Particles:
    """Return the stable particles that leave a signal somewhere within |eta| < 4.9.

    Args:
        record: event records, event * var * particle, as `generate` returns them.
        known: the species in the record.
        tops: for every particle of the record, flat, which top of its event it descends from, or -1.
    """
    events = np.repeat(np.arange(len(record)), ak.num(record))
    flat = ak.flatten(record)
    stable = np.flatnonzero(ak.to_numpy(flat.status) > 0)
    row = np.searchsorted(known.id, ak.to_numpy(flat.id)[stable])
    px, py, pz = (ak.to_numpy(flat.p[component])[stable] for component in ("px", "py", "pz"))
    with np.errstate(divide="ignore"):
        eta = np.arcsinh(pz / np.hypot(px, py))
    seen = known.visible[row] & (np.abs(eta) < _LARGEST_ETA)
    chosen = stable[seen]
    vertex = flat.vProd[chosen]
    return Particles(
        event=events[chosen],
        id=known.id[row[seen]],
        charge=known.charge[row[seen]],
        pt=np.hypot(px, py)[seen],
        eta=eta[seen],
        phi=np.arctan2(py, px)[seen],
        energy=ak.to_numpy(flat.p.e)[chosen],
        x=ak.to_numpy(ak.fill_none(vertex.px, 0.0)),
        y=ak.to_numpy(ak.fill_none(vertex.py, 0.0)),
        z=ak.to_numpy(ak.fill_none(vertex.pz, 0.0)),
        top=tops[chosen],
    )
