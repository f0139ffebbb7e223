"""Lund-plane coordinates of a merge of two branches (arXiv:1807.04758; for networks arXiv:2012.08526).

Each function of a `NodeView` alone is a feature and returns an array of the shape of its nodes. For constituents, which
are not merges, the values are meaningless. Of two branches, the one of lower pT is the emission of the other.
"""

from collections.abc import Callable, Mapping
from types import ModuleType

from tagwerk.arrays import Tensor
from tagwerk.jets.features import clip_momentum
from tagwerk.jets.kinematics import Momentum, delta_phi, rapidity_difference
from tagwerk.jets.nodes import NodeView

_FLOOR = 1e-4  # keeps logarithms finite for collinear branches, or without momentum


def lund_delta(view: NodeView) -> Tensor:
    """Return ln(1/Δ), Δ the distance of the branches in rapidity and azimuth."""
    return -_log(view, _distance(view))


def lund_kt(view: NodeView) -> Tensor:
    """Return ln(kT / GeV), kT = Δ pT of the softer branch."""
    return _log(view, clip_momentum(view.ops, view.softer["pt"]) * _distance(view))


def lund_z(view: NodeView) -> Tensor:
    """Return ln(1/z), z the softer branch's share of the sum of both pT."""
    return -_log(view, _share(view))


def lund_kappa(view: NodeView) -> Tensor:
    """Return κ = z Δ."""
    return _share(view) * _distance(view)


def lund_psi(view: NodeView) -> Tensor:
    """Return ψ, the azimuth of the softer branch about the harder one, in [-π, π], zero along φ."""
    delta_y, delta_azimuth = _differences(view)
    return view.ops.arctan2(delta_y, delta_azimuth)


LUND: dict[str, Callable[[NodeView], Tensor]] = {
    feature.__name__: feature for feature in (lund_delta, lund_kt, lund_z, lund_kappa, lund_psi)
}


def _share(view: NodeView) -> Tensor:
    harder, softer = (clip_momentum(view.ops, branch["pt"]) for branch in (view.harder, view.softer))
    return softer / view.ops.maximum(harder + softer, _FLOOR)


def _distance(view: NodeView) -> Tensor:
    delta_y, delta_azimuth = _differences(view)
    return view.ops.sqrt(delta_y**2 + delta_azimuth**2)


def _differences(view: NodeView) -> tuple[Tensor, Tensor]:
    """Return Δy and Δφ of the softer branch with respect to the harder one, the latter in [-π, π]."""
    softer, harder = (_momentum(view.ops, branch) for branch in (view.softer, view.harder))
    delta_y = rapidity_difference(view.ops, softer, harder)
    return delta_y, delta_phi(view.ops, view.softer["phi"], view.harder["phi"])


def _momentum(ops: ModuleType, branch: Mapping[str, Tensor]) -> Momentum:
    pt = ops.maximum(clip_momentum(ops, branch["pt"]), _FLOOR)
    return pt, branch["eta"], clip_momentum(ops, branch["energy"])


def _log(view: NodeView, values: Tensor) -> Tensor:
    return view.ops.log(view.ops.maximum(values, _FLOOR))
