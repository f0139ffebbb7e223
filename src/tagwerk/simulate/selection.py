"""Which jets are kept: the leading one within the card's window, and around a top where tops are asked for."""

import numpy as np

from tagwerk.arrays import Bools, Floats64, Ints
from tagwerk.cards.generator import JetSelection
from tagwerk.simulate.jet_finding import LeadingJets
from tagwerk.simulate.truth import Tops


def in_window(jets: LeadingJets, window: JetSelection) -> Bools:
    """Return which jets lie in the window of pT and |eta|, edges excluded."""
    return (jets.pt > window.pt[0]) & (jets.pt < window.pt[1]) & (np.abs(jets.eta) < window.abs_eta)


def matched_top(jets: LeadingJets, tops: Tops, largest_distance: float) -> Ints:
    """Return for each jet the row of the top that it holds, -1 where it holds none.

    A jet holds a top when the top just before its decay and its three decay quarks all lie within `largest_distance`
    (delta R) of the jet's axis (arXiv:1902.09914, section 2); of two such tops, the nearer one.
    """
    if len(tops.event) == 0:
        return np.full(len(jets.event), -1)
    of_event = np.full((1 + max(jets.event.max(initial=0), tops.event.max()), 1 + tops.ordinal.max()), -1)
    of_event[tops.event, tops.ordinal] = np.arange(len(tops.event))
    candidates = of_event[jets.event]
    distance = _distance(jets, tops.eta[candidates], tops.phi[candidates])
    quarks = [_distance(jets, tops.quarks_eta[candidates, q], tops.quarks_phi[candidates, q]) for q in range(3)]
    farthest = np.maximum(distance, np.max(quarks, axis=0))
    distance[(candidates < 0) | (farthest >= largest_distance)] = np.inf
    nearest = np.argmin(distance, axis=1)[:, None]
    held = np.isfinite(np.take_along_axis(distance, nearest, axis=1))
    return np.where(held, np.take_along_axis(candidates, nearest, axis=1), -1)[:, 0]


def _distance(jets: LeadingJets, eta: Floats64, phi: Floats64) -> Floats64:
    """Return delta R, (jets, tops), between each jet's axis and directions given for it."""
    delta_phi = np.remainder(jets.phi[:, None] - phi + np.pi, 2 * np.pi) - np.pi
    return np.hypot(jets.eta[:, None] - eta, delta_phi)
