"""N-subjettiness from exclusive winner-takes-all kt axes, for all N of a jet in one clustering.

FastJet gives the same axes (the tests compare them), but its Awkward interface reads every N separately, refuses
jets with fewer than N constituents and prints a banner; this kernel is also the faster of the two.
"""

import math

import numpy as np

from tagwerk.arrays import Floats64, Ints
from tagwerk.compilation import cached_njit

_compiled = cached_njit()


@_compiled
def _distance2(eta: Floats64, phi: Floats64, i: int, j: int) -> float:
    """Squared distance in the (eta, phi) plane of two constituents; all phi lie in one interval of 2π."""
    d_phi = abs(phi[i] - phi[j])
    d_phi = min(d_phi, 2 * math.pi - d_phi)
    return float((eta[i] - eta[j]) ** 2 + d_phi**2)


@_compiled
def _find_nearest(i: int, axes: Ints, eta: Floats64, phi: Floats64, nearest: Ints, nearest2: Floats64) -> None:
    """Write the axis nearest to axis i and the squared distance to it into `nearest` and `nearest2`."""
    nearest2[i] = np.inf
    for j in axes:
        distance2 = _distance2(eta, phi, i, j)
        if j != i and distance2 < nearest2[i]:
            nearest[i], nearest2[i] = j, distance2


@_compiled
def _closest_pair(axes: Ints, pt: Floats64, nearest: Ints, nearest2: Floats64) -> tuple[int, int]:
    """(harder, softer) of the axes at the smallest kt distance, min(pt_i, pt_j)^2 dR_ij^2.

    The softer of that pair has the harder as its geometric neighbour (FastJet's lemma, hep-ph/0512210), so one
    distance per axis is enough.
    """
    closest, smallest = axes[0], np.inf
    for i in axes:
        if pt[i] ** 2 * nearest2[i] < smallest:
            closest, smallest = i, pt[i] ** 2 * nearest2[i]
    other = nearest[closest]
    return (closest, other) if pt[closest] > pt[other] else (other, closest)


@_compiled
def _merge_closest(axes: Ints, pt: Floats64, eta: Floats64, phi: Floats64, nearest: Ints, nearest2: Floats64) -> None:
    """Merge the closest pair: the harder takes the pT of the softer, which moves to the end of `axes`.

    Axes never change direction, so only those that lost their nearest neighbour look for another.
    """
    harder, softer = _closest_pair(axes, pt, nearest, nearest2)
    pt[harder] += pt[softer]
    for k in range(len(axes)):
        if axes[k] == softer:
            axes[k], axes[-1] = axes[-1], softer
    remaining = axes[:-1]
    for i in remaining:
        if nearest[i] == softer:
            _find_nearest(i, remaining, eta, phi, nearest, nearest2)


@_compiled
def _weighted_distance(axes: Ints, pt: Floats64, eta: Floats64, phi: Floats64, beta: float) -> float:
    """Sum over constituents of pT times the distance to the nearest axis, to the power beta."""
    total = 0.0
    for i in range(len(pt)):
        distance2 = np.inf
        for axis in axes:
            distance2 = min(distance2, _distance2(eta, phi, i, axis))
        total += pt[i] * distance2 ** (beta / 2)
    return total


@_compiled
def _fill_jet(pt: Floats64, eta: Floats64, phi: Floats64, beta: float, tau: Floats64) -> None:
    """Write tau_1 ... tau_N of one jet into the zeros of `tau`; those beyond its constituents stay zero."""
    count, total = len(pt), pt.sum()
    axes, axis_pt = np.arange(count), pt.copy()
    nearest, nearest2 = np.zeros(count, np.int64), np.zeros(count)
    for i in range(count):
        _find_nearest(i, axes, eta, phi, nearest, nearest2)
    for n in range(count, 0, -1):
        if n <= len(tau) and total > 0:
            tau[n - 1] = _weighted_distance(axes[:n], pt, eta, phi, beta) / total
        if n > 1:
            _merge_closest(axes[:n], axis_pt, eta, phi, nearest, nearest2)


@_compiled
def _fill(offsets: Ints, pt: Floats64, eta: Floats64, phi: Floats64, beta: float, tau: Floats64) -> None:
    """Write the subjettinesses of all jets into `tau`, (B, N)."""
    for jet in range(len(tau)):
        constituents = slice(offsets[jet], offsets[jet + 1])
        _fill_jet(pt[constituents], eta[constituents], phi[constituents], beta, tau[jet])


def subjettinesses(
    offsets: Ints, pt: Floats64, eta: Floats64, phi: Floats64, n_max: int, beta: float = 1.0
) -> Floats64:
    """tau_1 ... tau_{n_max} of B jets, (B, n_max); tau_N is zero for a jet of N constituents or fewer.

    tau_N = sum_i pT_i min_k dR_ik^beta / sum_i pT_i (arXiv:1011.2268, eq. 2.1; with beta arXiv:1108.2701).
    Jet b has the constituents offsets[b] ... offsets[b + 1] - 1 of `pt`, `eta` and `phi`; all phi lie in one interval
    of 2π. The axes are nested, those of N are among those of N + 1, so tau decreases with N.

    Raises:
        ValueError: n_max is below one or beta is not positive.
    """
    if n_max < 1 or not beta > 0:
        raise ValueError(f"subjettiness needs n >= 1 and beta > 0, got n = {n_max}, beta = {beta}")
    # ASSUME: axes by exclusive kt with winner-takes-all recombination (arXiv:1310.7584, 1401.2158), without
    # minimisation of tau_N.
    # ASSUME: constituents are massless, so that their rapidity is eta.
    # ASSUME: R0 = 1; another jet radius divides tau_N by R0^beta and leaves ratios unchanged.
    tau = np.zeros((len(offsets) - 1, n_max))
    _fill(offsets, pt, eta, phi, float(beta), tau)
    return tau
