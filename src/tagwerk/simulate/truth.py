"""Truth about tops: their directions, their decay quarks, and the particles that descend from them."""

from typing import NamedTuple

import awkward as ak
import numpy as np

from tagwerk.arrays import Bools, Floats64, Ints, Values
from tagwerk.jets.kinematics import pt_eta_phi

_TOP, _W = 6, 24
_FROM_LAST_PARTON = 84  # status of a primary hadron split off from the far end of its string


class Tops(NamedTuple):
    """Tops just before they decay to three quarks, one per row."""

    event: Ints
    ordinal: Ints  # index of the top within its event
    pt: Floats64  # GeV
    eta: Floats64
    phi: Floats64
    quarks_eta: Floats64  # (tops, 3): the quark produced with the W, then the two from the W
    quarks_phi: Floats64


class Genealogy(NamedTuple):
    """The particles of a batch of event records, flat, with mothers and daughters as indices into the same list."""

    event: Ints
    id: Ints
    mother: Ints  # the first entry of an event is its own mother
    daughters: Ints  # (particles, 2): the first and the last


def genealogy(record: ak.Array) -> Genealogy:
    """Return mothers and daughters in event records (event * var * particle)."""
    counts = ak.to_numpy(ak.num(record))
    event = np.repeat(np.arange(len(counts)), counts)
    first = (np.cumsum(counts) - counts)[event]
    flat = ak.flatten(record)
    status, mother = np.abs(ak.to_numpy(flat.status)), ak.to_numpy(flat.mother1)
    # ASSUME: a hadron belongs to the end of its string from which it was split off, the first parton of the string
    # (status 83) or the last (84); hadrons from ministrings and junctions (81, 82, 85 to 89) belong to the first.
    # By Pythia's manual, all partons of the string are mothers.
    mother = np.where(status == _FROM_LAST_PARTON, ak.to_numpy(flat.mother2), mother)
    daughters = np.stack([ak.to_numpy(flat.daughter1), ak.to_numpy(flat.daughter2)], axis=1)
    return Genealogy(event, ak.to_numpy(flat.id), first + mother, first[:, None] + daughters)


def last_tops(family: Genealogy) -> Ints:
    """Return the flat indices of tops that decay rather than radiate or recoil, in ascending order of event."""
    tops = np.flatnonzero(np.abs(family.id) == _TOP)
    radiates: Bools = np.any(np.abs(family.id[family.daughters[tops]]) == _TOP, axis=1)
    return tops[~radiates]


def decay_quarks(family: Genealogy, tops: Ints) -> tuple[Ints, Bools]:
    """Return the three decay quarks of each top, flat indices (tops, 3), and whether there are three (tops,)."""
    daughters = family.daughters[tops]
    is_w = np.abs(family.id[daughters]) == _W
    w = np.where(is_w[:, 0], daughters[:, 0], daughters[:, 1])
    other = np.where(is_w[:, 0], daughters[:, 1], daughters[:, 0])
    while np.any(copied := np.abs(family.id[family.daughters[w, 0]]) == _W):
        w = np.where(copied, family.daughters[w, 0], w)
    quarks = np.column_stack([other, family.daughters[w]])
    return quarks, is_w.any(axis=1) & np.all(np.abs(family.id[quarks]) < _TOP, axis=1)


def find_ancestors(family: Genealogy, candidates: Ints) -> Ints:
    """Return the ancestor of every particle among the candidates, a flat index, or its event's first entry.

    Every particle points to its mother, candidates and first entries to themselves. Each round moves all pointers to
    the targets of their targets, which doubles the number of generations (pointer jumping).
    """
    pointer = family.mother.copy()
    pointer[candidates] = candidates
    while not np.array_equal(jumped := pointer[pointer], pointer):
        pointer = jumped
    return pointer


def find_tops(record: ak.Array) -> tuple[Tops, Ints]:
    """Return the hadronic tops of event records, and for every particle, flat, the one that it descends from.

    The latter is an index within the event, as `Tops.ordinal`, and -1 for particles that descend from no hadronic top.
    """
    family = genealogy(record)
    index = last_tops(family)
    quarks, hadronic = decay_quarks(family, index)
    index, quarks = index[hadronic], quarks[hadronic]
    event = family.event[index]
    ordinal = np.arange(len(event)) - np.searchsorted(event, event)
    ordinals = np.full(len(family.id), -1)
    ordinals[index] = ordinal
    momenta = ak.flatten(record).p
    pt, eta, phi = _pt_eta_phi(momenta[index])
    _, quarks_eta, quarks_phi = _pt_eta_phi(momenta[quarks.ravel()])
    tops = Tops(event, ordinal, pt, eta, phi, quarks_eta.reshape(-1, 3), quarks_phi.reshape(-1, 3))
    return tops, ordinals[find_ancestors(family, index)]


def no_tops(record: ak.Array) -> tuple[Tops, Ints]:
    """Return the same as `find_tops` without searching for tops."""
    none, quarks = np.zeros(0), np.zeros((0, 3))
    rows = np.zeros(0, dtype=np.int64)
    return Tops(rows, rows, none, none, none, quarks, quarks), np.full(int(ak.sum(ak.num(record))), -1)


def _pt_eta_phi(momenta: ak.Array) -> tuple[Values, Values, Values]:
    return pt_eta_phi(*(ak.to_numpy(momenta[component]) for component in ("px", "py", "pz")))
