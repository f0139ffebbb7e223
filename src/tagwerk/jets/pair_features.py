"""Kinematics and features of pairs of constituents, by the array library that they are given."""

from collections.abc import Sequence
from types import ModuleType

from tagwerk.arrays import Tensor
from tagwerk.jets.kinematics import rapidity_and_mass, wrap_delta_phi

_FLOOR = 1e-8  # keeps the logarithms finite for a constituent paired with itself
_NO_DISTANCE = 1e-16  # keeps the gradient of the square root finite; far below the floor, also when multiplied by pT

Kinematics = Sequence[Tensor]  # pT, rapidity, φ, m², transverse mass


def pair_kinematics(ops: ModuleType, pt: Tensor, eta: Tensor, phi: Tensor, energy: Tensor) -> Kinematics:
    """Return pT, rapidity, φ, m² and the transverse mass of momenta, each of their shape."""
    rapidity, mass2, transverse = rapidity_and_mass(ops, pt, eta, energy)
    return pt, rapidity, phi, mass2, transverse


def pair_features(ops: ModuleType, first: Kinematics, second: Kinematics) -> list[Tensor]:
    """Return ln Δ, ln kT, ln z and ln m² of pairs: arXiv:2202.03772, equations 3 to 6.

    Δ² = Δy² + Δφ² of rapidities y, kT = min(pT) Δ, z = min(pT) / (pT + pT) and the invariant mass m of the pair.

    Args:
        ops: numpy, keras.ops or the array library of exported networks.
        first: `pair_kinematics` of one constituent of each pair.
        second: of the other.
    """
    (pt, y, phi, mass2, mt), (other_pt, other_y, other_phi, other_mass2, other_mt) = first, second
    d_phi = wrap_delta_phi(ops, phi - other_phi)
    delta = ops.sqrt((y - other_y) ** 2 + d_phi**2 + _NO_DISTANCE**2)
    softer = ops.minimum(pt, other_pt)
    # 2 (E E - p·p), without differences of large numbers: for a narrow pair, these would be rounding.
    masses = mass2 * other_mass2 + mass2 * other_pt**2 + other_mass2 * pt**2
    masses = masses / ops.maximum(mt * other_mt + pt * other_pt, _FLOOR)  # mt mt - pt pt
    longitudinal = 2 * mt * other_mt * ops.sinh((y - other_y) / 2) ** 2 + masses
    product = 2 * (longitudinal + 2 * pt * other_pt * ops.sin(d_phi / 2) ** 2)
    values = [delta, softer * delta, softer / ops.maximum(pt + other_pt, _FLOOR), mass2 + other_mass2 + product]
    return [ops.log(ops.maximum(value, _FLOOR)) for value in values]
