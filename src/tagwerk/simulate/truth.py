"""Truth about tops: where they go, into which quarks they decay, and which particles descend from them."""

from typing import NamedTuple

import awkward as ak
import numpy as np

from tagwerk.arrays import Bools, Floats64, Ints

_TOP, _W = 6, 24
_FROM_LAST_PARTON = 84  # status of a primary hadron split off from the far end of its string


class Tops(NamedTuple):
    """Tops just before they decay to three quarks, a row each; they count from 0 within their event."""

    event: Ints
    ordinal: Ints
    pt: Floats64  # GeV
    eta: Floats64
    phi: Floats64
    quarks_eta: Floats64  # (tops, 3): the quark beside the W, then the two from the W
    quarks_phi: Floats64


class Genealogy(NamedTuple):
    """The particles of a batch of event records, flat, with family relations as indices into the same flat list."""

    event: Ints
    id: Ints
    mother: Ints  # an event's first entry is its own mother
    daughters: Ints  # (particles, 2): the first and the last


def genealogy(record: ak.Array) -> Genealogy:
    """Return who descends from whom in event records (event * var * particle)."""
    counts = ak.to_numpy(ak.num(record))
    event = np.repeat(np.arange(len(counts)), counts)
    first = (np.cumsum(counts) - counts)[event]
    flat = ak.flatten(record)
    status, mother = np.abs(ak.to_numpy(flat.status)), ak.to_numpy(flat.mother1)
    # ASSUME: a hadron belongs to the end of its string from which it was split off, the first parton of the string
    # (status 83) or the last (84); what ministrings and junctions make (81, 82, 85 to 89) belongs to the first.
    # Pythia's manual names all partons of the string as mothers alike.
    mother = np.where(status == _FROM_LAST_PARTON, ak.to_numpy(flat.mother2), mother)
    daughters = np.stack([ak.to_numpy(flat.daughter1), ak.to_numpy(flat.daughter2)], axis=1)
    return Genealogy(event, ak.to_numpy(flat.id), first + mother, first[:, None] + daughters)


def last_tops(family: Genealogy) -> Ints:
    """Return the flat indices of tops that decay rather than radiate or recoil, by rising event."""
    tops = np.flatnonzero(np.abs(family.id) == _TOP)
    radiates: Bools = np.any(np.abs(family.id[family.daughters[tops]]) == _TOP, axis=1)
    return tops[~radiates]


def decay_quarks(family: Genealogy, tops: Ints) -> tuple[Ints, Bools]:
    """Return the three quarks of each top, flat indices (tops, 3), and whether there are three (tops,)."""
    daughters = family.daughters[tops]
    is_w = np.abs(family.id[daughters]) == _W
    w = np.where(is_w[:, 0], daughters[:, 0], daughters[:, 1])
    beside = np.where(is_w[:, 0], daughters[:, 1], daughters[:, 0])
    while np.any(copied := np.abs(family.id[family.daughters[w, 0]]) == _W):
        w = np.where(copied, family.daughters[w, 0], w)
    quarks = np.column_stack([beside, family.daughters[w]])
    return quarks, is_w.any(axis=1) & np.all(np.abs(family.id[quarks]) < _TOP, axis=1)


def descent(family: Genealogy, ancestors: Ints) -> Ints:
    """Return for every particle the ancestor (a flat index) among those named, or its event's first entry.

    Every particle points at its mother, ancestors and first entries at themselves. Each round lets all point where
    their target points, which doubles the generations covered (pointer jumping).
    """
    pointer = family.mother.copy()
    pointer[ancestors] = ancestors
    while not np.array_equal(further := pointer[pointer], pointer):
        pointer = further
    return pointer


def find_tops(record: ak.Array) -> tuple[Tops, Ints]:
    """Return the hadronic tops of event records, and for every particle, flat, which of them it descends from.

    The second counts as `Tops.ordinal` does, and is -1 for particles that descend from no hadronic top.
    """
    family = genealogy(record)
    index = last_tops(family)
    quarks, hadronic = decay_quarks(family, index)
    index, quarks = index[hadronic], quarks[hadronic]
    event = family.event[index]
    ordinal = np.arange(len(event)) - np.searchsorted(event, event)
    number = np.full(len(family.id), -1)
    number[index] = ordinal
    momenta = ak.flatten(record).p
    pt, eta, phi = _direction(momenta[index])
    _, quarks_eta, quarks_phi = _direction(momenta[quarks.ravel()])
    tops = Tops(event, ordinal, pt, eta, phi, quarks_eta.reshape(-1, 3), quarks_phi.reshape(-1, 3))
    return tops, number[descent(family, index)]


def no_tops(record: ak.Array) -> tuple[Tops, Ints]:
    """Return what `find_tops` returns where there are no tops to look for."""
    none, pairs = np.zeros(0), np.zeros((0, 3))
    rows = np.zeros(0, dtype=np.int64)
    return Tops(rows, rows, none, none, none, pairs, pairs), np.full(int(ak.sum(ak.num(record))), -1)


def _direction(momenta: ak.Array) -> tuple[Floats64, Floats64, Floats64]:
    px, py, pz = (ak.to_numpy(momenta[component]) for component in ("px", "py", "pz"))
    pt = np.hypot(px, py)
    return pt, np.arcsinh(pz / pt), np.arctan2(py, px)
