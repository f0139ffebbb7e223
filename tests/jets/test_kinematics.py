import keras
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tagwerk.jets.kinematics import (
    abs_delta_phi,
    asinh_ratio,
    clip_eta,
    delta_phi,
    pt_eta_phi,
    wrap_delta_phi,
    wrap_phi,
)

ANGLES = st.floats(-10, 10)


def test_three_four_five_by_hand():
    pt, eta, phi = pt_eta_phi(np.array([3.0]), np.array([4.0]), np.array([-5 * 0.75]))
    assert pt == pytest.approx(5)
    assert eta == pytest.approx(-np.log(2))  # sinh(ln 2) = 0.75
    assert phi == pytest.approx(np.arctan2(4, 3))


def test_eta_is_finite_along_the_beam_and_zero_at_rest():
    pz, none = np.array([7.0, -7.0, 0.0]), np.zeros(3)
    assert pt_eta_phi(none, none, pz)[1].tolist() == [20, -20, 0]


def test_a_rapidity_is_that_of_the_transverse_mass():
    """E = 13 and pz = 5 give tanh y = 5/13 and a transverse mass of 12."""
    assert asinh_ratio(np.array([5.0]), np.array([12.0])) == pytest.approx(np.arctanh(5 / 13))


def test_eta_is_clipped_on_both_sides():
    assert clip_eta(np, np.array([-1e5, -3.0, 999.0])).tolist() == [-20, -3, 20]


@pytest.mark.parametrize(
    ("phi", "wrapped"),
    [(0.5, 0.5), (3.3, 3.3 - 2 * np.pi), (-3.3, 2 * np.pi - 3.3), (13, 13 - 4 * np.pi)],
)
def test_azimuths_are_wrapped(phi, wrapped):
    assert wrap_phi(np.array([phi])) == pytest.approx(wrapped)
    assert wrap_delta_phi(np, np.array([phi])) == pytest.approx(wrapped)


@given(ANGLES, ANGLES)
def test_delta_phi_goes_the_short_way_round_in_every_form(phi, other):
    expected = np.angle(np.exp(1j * (phi - other)))
    first, second = np.array([phi]), np.array([other])
    assert abs(delta_phi(np, first, second)) <= np.pi
    for result in (delta_phi(np, first, second), wrap_phi(first - second)):
        assert np.cos(result - expected) == pytest.approx(1)
    assert abs_delta_phi(first, second) == pytest.approx(abs(expected), abs=1e-9)


@pytest.mark.parametrize("phi", [np.inf, -np.inf, np.nan])
@pytest.mark.parametrize("ops", [np, keras.ops], ids=["NumPy", "Keras"])
def test_delta_phi_of_a_value_that_is_not_finite_is_nan(ops, phi):
    assert np.isnan(np.asarray(delta_phi(ops, np.float32([phi, 0]), np.float32([0, phi])))).all()


def test_small_differences_keep_their_digits():
    assert wrap_delta_phi(np, np.float32([1e-10])).tolist() == np.float32([1e-10]).tolist()
