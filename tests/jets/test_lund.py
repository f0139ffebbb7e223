"""Lund-plane coordinates, by hand."""

import math

import numpy as np
import pytest

from tagwerk.jets.lund import LUND
from tagwerk.jets.nodes import NodeView


def view_of(harder, softer):
    """A merge of two branches (pt, eta, phi, energy), in double precision."""
    first, second = (
        {name: np.array([[value]], float) for name, value in zip(("pt", "eta", "phi", "energy"), branch, strict=True)}
        for branch in (harder, softer)
    )
    return NodeView(np, first, {}, np.array([[True]]), np.array([[False]]), first, second)


def massless(pt, eta, phi):
    return (pt, eta, phi, pt * math.cosh(eta))


def of(name, harder, softer):
    return LUND[name](view_of(harder, softer)).item()


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("lund_delta", math.log(1 / 0.5)),
        ("lund_kt", math.log(10 * 0.5)),
        ("lund_z", math.log(1 / 0.25)),
        ("lund_kappa", 0.25 * 0.5),
        ("lund_psi", math.atan2(0.3, 0.4)),
    ],
)
def test_an_emission_by_hand(name, expected):
    assert of(name, massless(30, 1.0, 0.0), massless(10, 1.3, 0.4)) == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize(("harder", "softer"), [(3.1, -3.1), (-3.1, 3.1)])
def test_the_distance_goes_the_short_way_round(harder, softer):
    distance = 2 * math.pi - 6.2
    result = of("lund_delta", massless(30, 0, harder), massless(10, 0, softer))
    assert result == pytest.approx(math.log(1 / distance), rel=1e-6)
    assert of("lund_psi", massless(30, 0, harder), massless(10, 0, softer)) == pytest.approx(
        0 if harder > 0 else math.pi
    )


@pytest.mark.parametrize("eta", [-2.0, 0.0, 1.5])
def test_distances_are_in_rapidity_also_for_a_massive_branch(eta):
    pt, energy = 10.0, 2 * 10 * math.cosh(eta)
    pz = pt * math.sinh(eta)
    rapidity = 0.5 * math.log((energy + pz) / (energy - pz))
    result = of("lund_delta", massless(30, rapidity + 0.2, 0), (pt, eta, 0.0, energy))
    assert result == pytest.approx(math.log(1 / 0.2), rel=1e-6)


@pytest.mark.parametrize(
    ("harder", "softer"),
    [
        (massless(30, 1, 0), massless(10, 1, 0)),
        ((0, 0, 0, 0), (0, 0, 0, 0)),
        ((0, 1e5, 0, 10), (0, -1e5, 0, 10)),
        ((1e6, 0, 0, 1e6), (1e-30, 5, 3, 0)),
    ],
)
def test_coordinates_are_finite_for_collinear_branches_and_without_momentum(harder, softer):
    with np.errstate(all="raise", under="ignore"):
        assert all(math.isfinite(of(name, harder, softer)) for name in LUND)
