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
    rapidity_and_mass,
    rapidity_difference,
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


@pytest.mark.parametrize("ops", [np, keras.ops])
def test_rapidity_mass_and_transverse_mass_by_hand(ops):
    """E = 5, pz = 3 (pT = 3 with sinh η = 1), so m² = 7, mT = 4 and y = ln(8 / 4); a massless particle at η = 2."""
    pt, eta = np.array([3, 10], "float32"), np.array([np.arcsinh(1), 2], "float32")
    energy = np.array([5, 10 * np.cosh(2)], "float32")
    y, mass2, transverse = (np.asarray(values) for values in rapidity_and_mass(ops, pt, eta, energy))
    np.testing.assert_allclose(y, [np.log(2), 2], rtol=1e-6)
    np.testing.assert_allclose(mass2, [7, 0], rtol=1e-5)
    np.testing.assert_allclose(transverse, [4, 10], rtol=1e-6)


@given(st.floats(-3, 3), st.floats(1e-4, 1e-2))
def test_the_rapidity_difference_of_a_narrow_massive_pair_is_that_of_double_precision(eta, separation):
    pt, eta = np.array([1, 2], "float32"), np.array([eta, eta + separation], "float32")
    energy = np.sqrt((pt * np.cosh(eta.astype(float))) ** 2 + 0.14**2).astype("float32")
    momenta = np.stack([pt, eta, energy])
    found = rapidity_difference(np, tuple(momenta[:, :1]), tuple(momenta[:, 1:]))
    pt, eta, energy = momenta.astype(float)
    y = np.arctanh(pt * np.sinh(eta) / energy)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, y[:1] - y[1:], rtol=1e-6, atol=1e-12)
