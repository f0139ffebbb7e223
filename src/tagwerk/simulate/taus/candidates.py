"""Candidates: anti-kt seeds of calorimeter energy, their cores, and the taus that they are matched to."""

from typing import NamedTuple

import numpy as np

from tagwerk.arrays import Floats64, Ints
from tagwerk.cards.tau_generator import CandidateSelection
from tagwerk.jets.kinematics import pt_eta_phi, wrap_phi
from tagwerk.simulate.jet_finding import find_jets
from tagwerk.simulate.taus.cells import MAX_ETA, Cells
from tagwerk.simulate.taus.cones import in_cones
from tagwerk.simulate.taus.decays import Taus

_MIN_SEED_PT = 10.0  # GeV, as in ATLAS (ATL-PHYS-PUB-2015-045, section 3)
_TOWER = 0.1  # in η and φ, as in ATLAS
_PHI_TOWERS = 63
_MIN_TOWER_PT = 0.3  # GeV. ASSUME: suppression of noise and pile-up, as by ATLAS's topological clusters
_PATCH, _PATCHES_ETA = 0.5, 2.5


class Candidates(NamedTuple):
    """Candidates, one per row, in ascending order of event; the momentum is that of the cells in the core."""

    event: Ints
    pt: Floats64  # GeV
    eta: Floats64
    phi: Floats64
    mass: Floats64  # GeV


def find_candidates(cells: Cells, events: int, selection: CandidateSelection) -> Candidates:
    """Return the candidates within the card's window of pT and η.

    Args:
        cells: of all events, in ascending order of event.
        events: number of events, including empty ones.
        selection: the card's section.
    """
    event, momenta = _towers(cells)
    seeds = find_jets(momenta, event, events, selection.radius, _MIN_SEED_PT)
    near, row, _ = in_cones((seeds.event, seeds.eta, seeds.phi), cells[:3], selection.core)
    pt = cells.energy[row] / np.cosh(cells.eta[row])
    components = (
        pt * np.cos(cells.phi[row]), pt * np.sin(cells.phi[row]), pt * np.sinh(cells.eta[row]), cells.energy[row]
    )  # fmt: skip
    px, py, pz, energy = (np.bincount(near, each, minlength=len(seeds.event)) for each in components)
    pt, eta, phi = pt_eta_phi(px, py, pz)
    density = pt_density(cells, events)[seeds.event]
    signal = np.maximum(1 - density * np.pi * selection.core**2 / np.maximum(pt, _MIN_SEED_PT), 0)
    mass = signal * np.sqrt(np.maximum(energy**2 - pt**2 - pz**2, 0.0))
    pt = signal * pt
    kept = (pt > selection.pt[0]) & (pt < selection.pt[1]) & (np.abs(eta) < selection.abs_eta)
    return Candidates(seeds.event[kept], pt[kept], eta[kept], phi[kept], mass[kept])


def pt_density(cells: Cells, events: int) -> Floats64:
    """Return each event's median pT per unit area, (events,), which the core's momentum is corrected for (GeV).

    Source: area subtraction, arXiv:0707.1378, here with square patches of the central calorimeter.
    """
    central = np.abs(cells.eta) < _PATCHES_ETA
    rows, columns = int(2 * _PATCHES_ETA / _PATCH), int(2 * np.pi / _PATCH)
    eta_bin = ((cells.eta[central] + _PATCHES_ETA) / _PATCH).astype(np.int64)
    phi_bin = ((wrap_phi(cells.phi[central]) + np.pi) / (2 * np.pi) * columns).astype(np.int64) % columns
    patch = (cells.event[central] * rows + eta_bin) * columns + phi_bin
    pt = cells.energy[central] / np.cosh(cells.eta[central])
    sums = np.bincount(patch, pt, minlength=events * rows * columns).reshape(events, -1)
    density: Floats64 = np.median(sums, axis=1) / (_PATCH * 2 * np.pi / columns)
    return density


def matched_tau(candidates: Candidates, taus: Taus, max_delta_r: float) -> Ints:
    """Return for each candidate the row of the nearest tau whose visible momentum is closer, -1 if there is none."""
    matched = np.full(len(candidates.event), -1)
    near, tau, distance = in_cones(candidates[:1] + candidates[2:4], (taus.event, taus.eta, taus.phi), max_delta_r)
    farthest_first = np.argsort(-distance, kind="stable")
    matched[near[farthest_first]] = tau[farthest_first]
    return matched


def _towers(cells: Cells) -> tuple[Ints, dict[str, Floats64]]:
    """Return the towers above threshold: event, and massless momenta (px, py, pz, energy) along their centres."""
    rows = int(2 * MAX_ETA / _TOWER)
    eta_bin = np.minimum(((cells.eta + MAX_ETA) / _TOWER).astype(np.int64), rows - 1)
    phi_bin = np.minimum((wrap_phi(cells.phi) + np.pi) / (2 * np.pi) * _PHI_TOWERS, _PHI_TOWERS - 1).astype(np.int64)
    address, tower = np.unique((cells.event * rows + eta_bin) * _PHI_TOWERS + phi_bin, return_inverse=True)
    energy = np.bincount(tower, cells.energy)
    eta = np.bincount(tower, cells.energy * cells.eta) / energy
    pt = energy / np.cosh(eta)
    address, eta, pt = (column[pt > _MIN_TOWER_PT] for column in (address, eta, pt))
    event, phi_bin = np.divmod(address, _PHI_TOWERS)
    phi = (phi_bin + 0.5) * 2 * np.pi / _PHI_TOWERS - np.pi
    momenta = {"px": pt * np.cos(phi), "py": pt * np.sin(phi), "pz": pt * np.sinh(eta), "energy": pt * np.cosh(eta)}
    return event // rows, momenta
