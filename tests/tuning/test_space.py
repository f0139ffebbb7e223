"""Settings become Optuna parameters and back without change."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.tuning.conftest import RATE, UNITS, space_of

BATCH, DROPOUT = "training.batch_size", "hyperparameters.dropout"


@pytest.mark.parametrize(
    ("key", "dimension", "value", "param"),
    [
        (UNITS, {"choices": [[6], [4, 4]]}, [4, 4], "[4, 4]"),
        ("hyperparameters.cell", {"choices": ["lstm", "gru"]}, "gru", '"gru"'),
        (BATCH, {"low": 16, "high": 64}, 17, 17),
        (RATE, {"low": 0.001, "high": 0.1, "log": True}, 0.01235, 0.012345678),
        (RATE, {"low": 0.00123512, "high": 0.1}, 0.00123512, 0.00123513),
        (DROPOUT, {"low": 0, "high": 0.99999}, 0.99999, 0.99999),
    ],
)
def test_a_parameter_becomes_a_value(key, dimension, value, param):
    space = space_of({key: dimension})
    assert space.values({key: param}) == {key: value}
    assert type(space.values({key: param})[key]) is type(value)
    assert space.card({key: value}).model_dump()[key.split(".")[0]][key.split(".")[1]] == value


@pytest.mark.parametrize(
    ("key", "dimension", "start"),
    [
        (RATE, {"low": 0.001, "high": 0.1}, 0.02),
        (RATE, {"low": 0.001, "high": 0.01}, None),
        (RATE, {"low": 0.01, "high": 0.05, "step": 0.01}, 0.02),
        (RATE, {"low": 0.01, "high": 0.04, "step": 0.015}, None),
        (UNITS, {"choices": [[4], [6]]}, "[6]"),
        (UNITS, {"choices": [[4], [8]]}, None),
        (BATCH, {"choices": [16, 32]}, "32"),
        (BATCH, {"low": 32, "high": 64}, 32),
        (DROPOUT, {"low": 0, "high": 0.5}, 0.0),
    ],
)
def test_the_initial_settings_are_kept_if_inside_the_space(key, dimension, start):
    assert space_of({key: dimension}).start_params() == ({} if start is None else {key: start})


@given(st.floats(0.001, 0.1))
def test_a_rounded_number_stays_close_and_in_its_range(number):
    value = space_of({RATE: {"low": 0.001, "high": 0.1, "log": True}}).values({RATE: number})[RATE]
    assert 0.001 <= value <= 0.1
    assert value == pytest.approx(number, rel=6e-4)
