"""Jets with other constituents, whose own four-momentum follows these."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from tagwerk.arrays import Floats64, Values
from tagwerk.cards.momenta import PT_ETA_PHI_MASS
from tagwerk.jets.chunk import Chunk
from tagwerk.jets.kinematics import clip_eta
from tagwerk.jets.momentum import cartesian, polar
from tagwerk.jets.ragged import Ragged

_SEQUENCE = "constituents"  # all of a jet: tracks or clusters alone are not


def with_constituents(chunk: Chunk, sequences: Mapping[str, Ragged]) -> Chunk:
    """Return the jets (N,) with other constituents; trees are dropped.

    pT, η, φ and mass of a jet change as if the change of the sum of its constituents' four-momenta were added to the
    jet's own; further variables stay as they are.
    """
    # ASSUME: the jet is the sum of the sequence `constituents`, up to a calibration. Sequences of other names, such as
    # tracks beside clusters, measure a jet in part or twice, and leave its momentum as it is.
    changed = replace(chunk, sequences=dict(sequences), trees={})
    if _SEQUENCE not in sequences:
        return changed
    shift = _sum(sequences[_SEQUENCE]) - _sum(chunk.sequences[_SEQUENCE])
    own = {name: chunk.jet[name] for name in PT_ETA_PHI_MASS}
    total = np.stack(list(cartesian(own).values())) + shift
    moved = polar(dict(zip(("px", "py", "pz", "energy"), total, strict=True)), PT_ETA_PHI_MASS)
    is_moved = (shift != 0).any(axis=0)
    jet = {name: np.where(is_moved, _mass_or_zero(name, moved[name]), own[name]) for name in PT_ETA_PHI_MASS}
    return replace(changed, jet={**chunk.jet, **{name: values.astype(np.float32) for name, values in jet.items()}})


def energy_over_momentum(constituents: Ragged) -> Floats64:
    """Return E/p of constituents (M,), one where there is no momentum."""
    size = momentum(constituents.values["pt"], constituents.values["eta"])
    return np.divide(constituents.values["energy"], size, out=np.ones_like(size), where=size > 0)


def energy_of(pt: Values, eta: Values, ratio: Values) -> Floats64:
    """Return energies (M,) in GeV, of given pT, η and E/p, (M,) each."""
    return momentum(pt, eta) * ratio


def momentum(pt: Values, eta: Values) -> Floats64:
    """Return the magnitudes of momenta (M,) in GeV, of given pT and η, (M,) each, in double precision."""
    return np.asarray(pt.astype(np.float64) * np.cosh(clip_eta(np, eta.astype(np.float64))))


def _mass_or_zero(name: str, values: Values) -> Values:
    # Without some of its constituents a light jet may become space-like.
    return np.maximum(values, 0) if name == "mass" else values


def _sum(constituents: Ragged) -> Floats64:
    """Return px, py, pz and energy of the summed constituents of each jet, (4, N)."""
    jets = len(constituents.counts)
    momenta = cartesian({name: constituents.values[name] for name in ("pt", "eta", "phi", "energy")})
    return np.stack([np.bincount(constituents.jet_index, each, jets) for each in momenta.values()])
