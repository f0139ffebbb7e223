"""The vertex of tracks in the transverse plane, against known vertices and a fit by NumPy."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tagwerk.jets.ragged import Ragged
from tagwerk.jets.secondary_vertex import fit_vertices, flight_significance


def tracks(phi, d0, error):
    """The tracks of candidates, one list each of φ, d0 and its error."""
    columns = {"phi": phi, "d0": d0, "d0_error": error}
    values = {name: np.array([each for one in lists for each in one], np.float64) for name, lists in columns.items()}
    return Ragged(values, np.array([len(one) for one in phi]))


def from_vertex(x, y, phi, error=0.02):
    """The tracks of one candidate that start at (x, y) mm at these angles."""
    return tracks([phi], [[y * math.cos(each) - x * math.sin(each) for each in phi]], [[error] * len(phi)])


COORDINATES = st.floats(-20, 20)


@given(COORDINATES, COORDINATES, st.floats(-math.pi, math.pi))
def test_three_tracks_meet_at_the_vertex_that_they_come_from(x, y, phi):
    vertex = fit_vertices(from_vertex(x, y, [phi, phi + 0.05, phi - 0.1]))
    assert vertex.found.tolist() == [True]
    assert (vertex.x.item(), vertex.y.item()) == pytest.approx((x, y), abs=1e-9)


def test_perpendicular_tracks_measure_one_coordinate_each():
    """A track along x measures y, one along y measures x; their errors are those of the vertex."""
    vertex = fit_vertices(tracks([[0, math.pi / 2]], [[3, -4]], [[0.1, 0.2]]))
    assert (vertex.x.item(), vertex.y.item()) == pytest.approx((4, 3))
    assert (vertex.xx.item(), vertex.xy.item(), vertex.yy.item()) == pytest.approx((0.04, 0, 0.01))
    expected = 25 / math.sqrt(0.04 * 16 + 0.01 * 9)
    assert flight_significance(vertex, np.array([0.0])) == pytest.approx(expected)
    assert flight_significance(vertex, np.array([math.pi])) == pytest.approx(-expected)


@given(st.integers(0, 2**32 - 1))
def test_the_vertex_is_that_of_a_least_squares_fit(seed):
    random = np.random.default_rng(seed)
    phi, d0, error = random.normal(2, 0.3, 5), random.normal(0, 0.1, 5), random.uniform(0.01, 0.1, 5)
    matrix = np.stack([-np.sin(phi), np.cos(phi)], axis=1) / error[:, None]
    expected = np.linalg.lstsq(matrix, d0 / error)[0]
    covariance = np.linalg.inv(matrix.T @ matrix)
    vertex = fit_vertices(tracks([[], phi], [[], d0], [[], error]))
    assert vertex.found.tolist() == [False, True]
    np.testing.assert_allclose([vertex.x[1], vertex.y[1]], expected, rtol=1e-6, atol=1e-8)
    np.testing.assert_allclose([vertex.xx[1], vertex.xy[1], vertex.yy[1]], covariance[[0, 0, 1], [0, 1, 1]], rtol=1e-6)


@pytest.mark.parametrize("phi", [[], [0.3], [0.3, 0.3, 0.3], [0.3, 0.300001]])
def test_fewer_than_two_directions_give_no_vertex(phi):
    vertex = fit_vertices(from_vertex(5, 1, phi))
    assert vertex.found.tolist() == [False]
    assert flight_significance(vertex, np.zeros(1)).tolist() == [0]


def test_tracks_without_a_positive_error_do_not_take_part():
    good = from_vertex(5, 1, [0.1, 0.2])
    wrong = {"phi": 1.0, "d0": 9.0, "d0_error": 0.0}
    more = fit_vertices(Ragged({name: np.append(good.values[name], wrong[name]) for name in wrong}, np.array([3])))
    assert (more.x.item(), more.y.item()) == pytest.approx((5, 1))


def test_a_vertex_on_the_beam_line_has_no_significance():
    assert flight_significance(fit_vertices(from_vertex(0, 0, [0.1, 0.2])), np.zeros(1)).tolist() == [0]
