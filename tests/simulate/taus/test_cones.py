import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tagwerk.simulate.taus.cones import in_cones


def test_pairs_are_of_the_same_event_and_close_across_the_edge_of_phi():
    axes = np.array([0, 1]), np.array([0.0, 1.0]), np.array([3.1, 0.0])
    objects = np.array([0, 0, 0, 1]), np.array([0.1, 0.0, 0.5, 1.1]), np.array([3.1, -3.1, 3.1, 0.0])
    axis, row, distance = in_cones(axes, objects, 0.2)
    assert sorted(zip(axis.tolist(), row.tolist(), strict=True)) == [(0, 0), (0, 1), (1, 3)]
    assert np.isclose(distance[row == 1], 2 * np.pi - 6.2)


@given(st.integers(0, 30), st.integers(0, 30), st.integers(0, 1000), st.floats(0.05, 3))
def test_the_pairs_are_those_of_a_double_loop(axes, objects, seed, radius):
    rng = np.random.default_rng(seed)
    first, second = (
        (rng.integers(0, 3, size), rng.uniform(-5, 5, size), rng.uniform(-np.pi, np.pi, size))
        for size in (axes, objects)
    )
    axis, row, _ = in_cones(first, second, radius)
    delta_phi = np.abs(first[2][:, None] - second[2])
    distance = np.hypot(first[1][:, None] - second[1], np.minimum(delta_phi, 2 * np.pi - delta_phi))
    expected = np.argwhere((first[0][:, None] == second[0]) & (distance < radius))
    assert sorted(zip(axis.tolist(), row.tolist(), strict=True)) == [tuple(pair) for pair in expected.tolist()]
    assert (np.diff(axis) >= 0).all()
