"""Coordinates in the Lund plane of a merge of two branches (arXiv:1807.04758; for networks arXiv:2012.08526).

Each function of a `NodeView` alone is a feature and returns an array like its nodes'. Constituents, which are no
merges, have numbers without a meaning. Of two branches the one of lower pT is said to be emitted by the other.
"""

import math
from collections.abc import Callable, Mapping
from types import ModuleType

from tagwerk.arrays import Tensor
from tagwerk.jets.features import bounded
from tagwerk.jets.nodes import NodeView

_FLOOR = 1e-4  # keeps logarithms finite for branches along one another, or without momentum


def lund_delta(view: NodeView) -> Tensor:
    """Return ln(1/Δ), Δ the distance of the branches in rapidity and azimuth."""
    return -_log(view, _distance(view))


def lund_kt(view: NodeView) -> Tensor:
    """Return ln(kT / GeV), kT = Δ pT of the softer branch."""
    return _log(view, bounded(view.ops, view.softer["pt"]) * _distance(view))


def lund_z(view: NodeView) -> Tensor:
    """Return ln(1/z), z the softer branch's share of the two pT."""
    return -_log(view, _share(view))


def lund_kappa(view: NodeView) -> Tensor:
    """Return κ = z Δ."""
    return _share(view) * _distance(view)


def lund_psi(view: NodeView) -> Tensor:
    """Return ψ, the azimuth of the softer branch about the harder one, in [-π, π], zero along φ."""
    across, around = _between(view)
    return view.ops.arctan2(across, around)


LUND: dict[str, Callable[[NodeView], Tensor]] = {
    feature.__name__: feature for feature in (lund_delta, lund_kt, lund_z, lund_kappa, lund_psi)
}


def _share(view: NodeView) -> Tensor:
    harder, softer = (bounded(view.ops, branch["pt"]) for branch in (view.harder, view.softer))
    return softer / view.ops.maximum(harder + softer, _FLOOR)


def _distance(view: NodeView) -> Tensor:
    across, around = _between(view)
    return view.ops.sqrt(across**2 + around**2)


def _between(view: NodeView) -> tuple[Tensor, Tensor]:
    """Return y and φ of the softer branch less those of the harder one, the latter in [-π, π]."""
    ops, turn = view.ops, 2 * math.pi
    around = view.softer["phi"] - view.harder["phi"]
    across = _rapidity(ops, view.softer) - _rapidity(ops, view.harder)
    return across, ops.clip(around - turn * ops.round(around / turn), -math.pi, math.pi)


def _rapidity(ops: ModuleType, branch: Mapping[str, Tensor]) -> Tensor:
    """Return ln((E + |pz|) / mT), with the sign of pz, in a form that keeps its digits in single precision."""
    pt, eta = ops.maximum(bounded(ops, branch["pt"]), _FLOOR), ops.clip(ops.abs(branch["eta"]), 0.0, 20.0)
    along = pt * ops.sinh(eta)
    energy = ops.maximum(bounded(ops, branch["energy"]), pt * ops.cosh(eta))
    transverse = ops.sqrt(ops.maximum((energy - along) * (energy + along), pt**2))
    return ops.sign(branch["eta"]) * ops.log((energy + along) / transverse)


def _log(view: NodeView, values: Tensor) -> Tensor:
    return view.ops.log(view.ops.maximum(values, _FLOOR))
