import numpy as np
import pytest

from tagwerk.layers.linear_scan import linear_scan


@pytest.mark.parametrize("length", [1, 2, 3, 8, 9, 100])
def test_every_step_is_factor_times_the_one_before_plus_value(length):
    random = np.random.default_rng(length)
    factors, values = random.uniform(0, 1, (2, length, 3)), random.normal(0, 1, (2, length, 3))
    state, states = np.zeros((2, 3)), []
    for step in range(length):
        state = factors[:, step] * state + values[:, step]
        states.append(state)
    scanned = linear_scan(factors.astype("float32"), values.astype("float32"))
    np.testing.assert_allclose(np.asarray(scanned), np.stack(states, axis=1), atol=1e-5)


def test_factors_of_zero_and_one_forget_all_and_nothing():
    factors = np.array([[1, 1, 0, 1, 1]], "float32")
    values = np.array([[1, 2, 3, 4, 5]], "float32")
    assert np.asarray(linear_scan(factors, values)).tolist() == [[1, 3, 3, 7, 12]]
