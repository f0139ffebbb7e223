"""Transverse momentum, pseudorapidity and azimuth of three-momenta, and differences of azimuths.

The kernels of `clustering` and `subjettiness`, which work on one number at a time, have their own.
"""

import math
from types import ModuleType

import numpy as np

from tagwerk.arrays import Tensor, Values

_MAX_PHI = 1e30  # a larger value is wrong; differences of such values stay finite in single precision
# ASSUME: a particle whose m² is a smaller share of E² is massless: in single precision it is rounding.
_MASSLESS = 1e-6
_FLOOR = 1e-8  # of a transverse mass that is divided by
MAX_ETA = 20.0  # along the beam, where η, and the rapidity of a massless particle, are infinite

Momentum = tuple[Tensor, Tensor, Tensor]  # pT, η and energy


def pt_eta_phi(px: Values, py: Values, pz: Values) -> tuple[Values, Values, Values]:
    """Return pT, η and φ; along the beam η is ±20, and zero where there is no momentum."""
    pt = np.hypot(px, py)
    return pt, asinh_ratio(pz, pt), np.arctan2(py, px)


def asinh_ratio(pz: Values, transverse: Values) -> Values:
    """Return asinh(pz / transverse): η for the transverse momentum, the rapidity for the transverse mass."""
    moves = transverse > 0
    return np.where(moves, np.arcsinh(pz / np.where(moves, transverse, 1)), np.sign(pz) * MAX_ETA)


def clip_eta(ops: ModuleType, eta: Tensor) -> Tensor:
    """Return η within ±20, where its hyperbolic functions are finite in single precision, by NumPy or `keras.ops`."""
    return ops.clip(eta, -MAX_ETA, MAX_ETA)


def rapidity_and_mass(ops: ModuleType, pt: Tensor, eta: Tensor, energy: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Return rapidity, m² and transverse mass, in a form that keeps small differences of rapidities.

    Where m² is below 10⁻⁶ E², the rapidity is η. By NumPy, `keras.ops` or the array library of exported networks.
    """
    eta = clip_eta(ops, eta)
    sinh, cosh = ops.sinh(eta), ops.cosh(eta)
    mass2 = (energy - pt * cosh) * (energy + pt * cosh)
    mass2 = ops.where(mass2 > _MASSLESS * energy**2, mass2, 0.0)
    transverse = ops.where(mass2 > 0, ops.sqrt(pt**2 + mass2), pt)
    # asinh(pz / mt) = η - asinh(...)
    floored = ops.maximum(transverse, _FLOOR)
    share = pt / floored
    shift = sinh * mass2 / floored**2 / (share * cosh + ops.sqrt(1 + (sinh * share) ** 2))
    return eta - ops.arcsinh(shift), mass2, transverse


def rapidity_difference(ops: ModuleType, first: Momentum, second: Momentum) -> Tensor:
    """Return y - y of the second, each given by pT, η and energy; in double precision, but by `keras.ops`.

    In single precision, that of two close particles would be rounding of their masses. Not all backends have double.
    """
    if not hasattr(ops, "astype"):
        return rapidity_and_mass(ops, *first)[0] - rapidity_and_mass(ops, *second)[0]
    y, other_y = (
        rapidity_and_mass(ops, *(ops.astype(values, np.float64) for values in momentum))[0]
        for momentum in (first, second)
    )
    return ops.astype(y - other_y, first[0].dtype)


def wrap_phi(phi: Values) -> Values:
    """Return azimuths, or their differences, in [-π, π)."""
    return np.asarray(np.mod(phi + np.pi, 2 * np.pi) - np.pi)


def abs_delta_phi(phi: Values, other: Values) -> Values:
    """Return |Δφ|, in [0, π]."""
    difference = np.abs(phi - other) % (2 * np.pi)
    return np.asarray(np.minimum(difference, 2 * np.pi - difference))


def delta_r(eta: Values, phi: Values, other_eta: Values, other_phi: Values) -> Values:
    """Return the distance in the η-φ plane."""
    return np.asarray(np.hypot(eta - other_eta, abs_delta_phi(phi, other_phi)))


def wrap_delta_phi(ops: ModuleType, difference: Tensor) -> Tensor:
    """Return Δφ in [-π, π] up to rounding, by NumPy or `keras.ops`; unlike `wrap_phi`, exact where it is small."""
    return difference - 2 * math.pi * ops.round(difference / (2 * math.pi))


def delta_phi(ops: ModuleType, phi: Tensor, other: Tensor) -> Tensor:
    """Return φ - φ of the other in [-π, π], by NumPy or `keras.ops`; NaN where either is not finite."""
    finite = ops.isfinite(phi) & ops.isfinite(other)
    difference = ops.clip(phi, -_MAX_PHI, _MAX_PHI) - ops.clip(other, -_MAX_PHI, _MAX_PHI)
    wrapped = ops.clip(wrap_delta_phi(ops, difference), -math.pi, math.pi)  # of a wrong value, the rest is all rounding
    return ops.where(finite, wrapped, math.nan)
