"""Selection of jets: leading jets within the card's window, matched to a top if the card asks for it."""

import numpy as np

from tagwerk.arrays import Bools, Floats64, Ints
from tagwerk.cards.generator import JetSelection
from tagwerk.jets.kinematics import wrap_phi
from tagwerk.simulate.jet_finding import FoundJets
from tagwerk.simulate.truth import Tops


def in_window(jets: FoundJets, window: JetSelection) -> Bools:
    """Return which jets are in the window of pT and |eta|, edges excluded."""
    return (jets.pt > window.pt[0]) & (jets.pt < window.pt[1]) & (np.abs(jets.eta) < window.abs_eta)


def matched_top(jets: FoundJets, tops: Tops, max_delta_r: float) -> Ints:
    """Return for each jet the row of the top that it is matched to, -1 if there is none.

    A jet is matched if the top just before its decay and its three decay quarks are all within `max_delta_r` of the
    jet's axis (arXiv:1902.09914, section 2); of two such tops, to the nearer one.
    """
    if len(tops.event) == 0:
        return np.full(len(jets.event), -1)
    of_event = np.full((1 + max(jets.event.max(initial=0), tops.event.max()), 1 + tops.ordinal.max()), -1)
    of_event[tops.event, tops.ordinal] = np.arange(len(tops.event))
    candidates = of_event[jets.event]
    delta_r = _delta_r(jets, tops.eta[candidates], tops.phi[candidates])
    quarks = [_delta_r(jets, tops.quarks_eta[candidates, q], tops.quarks_phi[candidates, q]) for q in range(3)]
    farthest = np.maximum(delta_r, np.max(quarks, axis=0))
    delta_r[(candidates < 0) | (farthest >= max_delta_r)] = np.inf
    nearest = np.argmin(delta_r, axis=1)[:, None]
    matched = np.isfinite(np.take_along_axis(delta_r, nearest, axis=1))
    return np.where(matched, np.take_along_axis(candidates, nearest, axis=1), -1)[:, 0]


def _delta_r(jets: FoundJets, eta: Floats64, phi: Floats64) -> Floats64:
    """Return delta R, (jets, tops), between each jet's axis and the directions given for it."""
    return np.hypot(jets.eta[:, None] - eta, wrap_phi(jets.phi[:, None] - phi))
