import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tagwerk.jets.variable_features import needed_variables, variable_feature, variable_features

D0 = {"d0": np.array([-0.05, 0.2, 0.0], np.float32), "d0_error": np.array([0.02, 0.05, 0.01], np.float32)}
WRONG = [0.0, -0.0, 1e-30, 1e9, -1e9, 3.4e38, -3.4e38, -1.0]


def test_impact_parameters_by_hand():
    assert variable_feature(np, D0, "d0") is D0["d0"]
    assert variable_feature(np, D0, "log_abs_d0") == pytest.approx([math.log(0.05), math.log(0.2), math.log(1e-6)])
    assert variable_feature(np, D0, "d0_significance") == pytest.approx([-2.5, 4, 0])


def test_a_variable_that_has_the_name_of_a_feature_comes_first():
    given_in_file = D0 | {"d0_significance": np.array([7.0])}
    assert variable_feature(np, given_in_file, "d0_significance").tolist() == [7]
    assert variable_features(given_in_file).count("d0_significance") == 1
    assert needed_variables("d0_significance", given_in_file) == ["d0_significance"]


def test_features_are_named_after_the_variables_that_they_need():
    assert variable_features(["d0", "d0_error"]) == [
        "d0",
        "d0_error",
        "log_abs_d0",
        "log_abs_d0_error",
        "d0_significance",
    ]
    assert variable_features(["charge"]) == ["charge", "log_abs_charge"]
    assert needed_variables("log_abs_d0", ["d0"]) == ["d0"]
    assert needed_variables("d0_significance", ["d0"]) == ["d0", "d0_error"]
    assert needed_variables("log_pt", ["d0"]) == []


@pytest.mark.parametrize("error", WRONG)
@pytest.mark.parametrize("value", WRONG)
def test_features_of_wrong_values_are_finite_and_bounded(value, error):
    variables = {"d0": np.array([value], np.float32), "d0_error": np.array([error], np.float32)}
    assert math.log(1e-6) - 1e-5 <= variable_feature(np, variables, "log_abs_d0")[0] <= math.log(1e9) + 1e-5
    assert abs(variable_feature(np, variables, "d0_significance")[0]) <= 1000


@given(st.floats(1e-5, 1e3), st.floats(1e-3, 1e3))
def test_the_sign_of_a_variable_changes_its_significance_only(value, error):
    plus, minus = ({"d0": np.array([sign * value]), "d0_error": np.array([error])} for sign in (1, -1))
    assert variable_feature(np, plus, "log_abs_d0") == variable_feature(np, minus, "log_abs_d0")
    assert variable_feature(np, plus, "d0_significance") == -variable_feature(np, minus, "d0_significance")


def test_keras_agrees_with_numpy(tensorflow):
    from keras import ops

    wrong = {"d0": np.array(WRONG, np.float32), "d0_error": np.array(WRONG[::-1], np.float32)}
    for variables in (D0, wrong):
        for name in variable_features(variables):
            values = ops.convert_to_numpy(ops.convert_to_tensor(variable_feature(ops, variables, name)))
            np.testing.assert_allclose(values, variable_feature(np, variables, name), rtol=1e-5)
