"""Truth about hadronic taus: decay modes, visible momenta, and the particles that descend from them."""

from typing import NamedTuple

import awkward as ak
import numpy as np

from tagwerk.arrays import Bools, Floats64, Ints, Values
from tagwerk.jets.kinematics import pt_eta_phi
from tagwerk.simulate.truth import Genealogy, find_ancestors, genealogy
from tagwerk.simulate.visible_particles import NONE

_TAU, _TAU_NEUTRINO, _PI0 = 15, 16, 111
_CHARGED, _LEPTONS = (211, 321), (11, 13)
ONE_PRONG, ONE_PRONG_1PI0, ONE_PRONG_NPI0, THREE_PRONG, THREE_PRONG_NPI0, OTHER = range(6)


class Taus(NamedTuple):
    """Hadronically decaying taus, one per row, with their visible momentum."""

    event: Ints
    ordinal: Ints  # index of the tau within its event
    mode: Ints  # 0 1p0n, 1 1p1n, 2 1pXn, 3 3p0n, 4 3pXn, 5 other
    pt: Floats64  # GeV
    eta: Floats64
    phi: Floats64
    mass: Floats64  # GeV


class _Products(NamedTuple):
    """The direct decay products of several taus, one per row."""

    tau: Ints  # row of the tau
    row: Ints  # in the flat event record
    code: Ints  # |PDG code|


def find_taus(record: ak.Array) -> tuple[Taus, Ints]:
    """Return the hadronic taus of event records, and for every particle, flat, the one that it descends from.

    The latter is an index within the event, as `Taus.ordinal`, and NONE for particles of no hadronic tau.
    """
    family = genealogy(record)
    taus = _decaying(family)
    products = _products(family, taus)
    hadronic = ~_any(np.isin(products.code, _LEPTONS), products.tau, len(taus))
    event = family.event[taus][hadronic]
    ordinal = np.arange(len(event)) - np.searchsorted(event, event)
    ordinals = np.full(len(family.id), NONE)
    ordinals[taus[hadronic]] = ordinal
    visible = _visible(ak.flatten(record).p, products, len(taus))
    modes = decay_modes(products.code, products.tau, len(taus))
    columns = (column[hadronic] for column in (modes, *visible))
    return Taus(event, ordinal, *columns), ordinals[find_ancestors(family, taus[hadronic])]


def no_taus(record: ak.Array) -> tuple[Taus, Ints]:
    """Return the same as `find_taus` without searching for taus."""
    none, rows = np.zeros(0), np.zeros(0, dtype=np.int64)
    return Taus(rows, rows, rows, none, none, none, none), np.full(int(ak.sum(ak.num(record))), NONE)


def decay_modes(code: Ints, tau: Ints, taus: int) -> Ints:
    """Return the decay mode of each of `taus` taus.

    Args:
        code: |PDG code| of the direct decay products.
        tau: the tau of each product.
        taus: number of taus.
    """
    # ASSUME: neutral kaons, η and ω are no π0: such decays, 5 % of the hadronic ones, are `OTHER`.
    charged, neutral = (np.bincount(tau[np.isin(code, codes)], minlength=taus) for codes in (_CHARGED, (_PI0,)))
    known = ~_any(~np.isin(code, (*_CHARGED, _PI0, _TAU_NEUTRINO)), tau, taus)
    one = ONE_PRONG + np.minimum(neutral, 2)
    three = THREE_PRONG + np.minimum(neutral, 1)
    return np.select([known & (charged == 1), known & (charged == 3)], [one, three], OTHER)


def _decaying(family: Genealogy) -> Ints:
    """Return the flat indices of taus that decay rather than radiate, in ascending order."""
    taus = np.flatnonzero(np.abs(family.id) == _TAU)
    first, last = family.daughters[taus].T
    radiates = np.abs(family.id[[first, last]]) == _TAU
    decaying: Ints = taus[~radiates.any(axis=0)]
    return decaying


def _products(family: Genealogy, taus: Ints) -> _Products:
    first, last = family.daughters[taus].T
    counts = last - first + 1
    tau = np.repeat(np.arange(len(taus)), counts)
    row = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts - first, counts)
    return _Products(tau, row, np.abs(family.id[row]))


def _any(condition: Bools, tau: Ints, taus: int) -> Bools:
    """Return which taus have a product that meets a condition."""
    return np.bincount(tau[condition], minlength=taus) > 0


def _visible(momenta: ak.Array, products: _Products, taus: int) -> tuple[Values, ...]:
    """Return pt, eta, phi and mass of the sum of all products but the neutrino."""
    seen = products.code != _TAU_NEUTRINO
    tau, row = products.tau[seen], products.row[seen]
    px, py, pz, energy = (
        np.bincount(tau, ak.to_numpy(momenta[name])[row], minlength=taus) for name in ("px", "py", "pz", "e")
    )
    pt, eta, phi = pt_eta_phi(px, py, pz)
    return pt, eta, phi, np.sqrt(np.maximum(energy**2 - pt**2 - pz**2, 0.0))
