"""The functions that features use, evaluated by ONNX Runtime, against NumPy's."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from tagwerk.exports.array_library import LIBRARY
from tagwerk.exports.graph import BOOL, FLOAT, OnnxGraph
from tests.exports.conftest import Session

UNARY = [
    "abs",
    "arcsinh",
    "arctan",
    "cos",
    "cosh",
    "exp",
    "isfinite",
    "log",
    "round",
    "sign",
    "sin",
    "sinh",
    "sqrt",
    "zeros_like",
]
BINARY = ["arctan2", "maximum", "minimum"]
NUMBERS = arrays(np.float32, (2, 3), elements=st.floats(-80, 80, width=32))


def evaluated(function, *values):
    graph = OnnxGraph()
    inputs = {f"x{index}": value for index, value in enumerate(values)}
    out = function(*(graph.input(name, FLOAT, ["n", "m"]) for name in inputs))
    out = out.cast(FLOAT) if out.kind == BOOL else out
    return Session(graph.model({"scores": (out, ["n", "m"])}, {}))(inputs)


@pytest.mark.parametrize("name", UNARY)
@given(values=NUMBERS)
def test_functions_of_one_array_are_numpys(name, values):
    with np.errstate(all="ignore"):
        expected = getattr(np, name)(values)
    np.testing.assert_allclose(evaluated(getattr(LIBRARY, name), values), expected, rtol=2e-5, atol=1e-5)


@pytest.mark.parametrize("name", ["arcsinh", "cosh", "sinh"])
@given(values=arrays(np.float32, (2, 3), elements=st.floats(-3, 3, width=32)))
def test_hyperbolic_functions_have_double_precision(name, values):
    """The rest, once the result in single precision is subtracted, is right too."""
    exact = getattr(np, name)(values.astype(float))

    def rest(x):
        single = LIBRARY.astype(x.graph.constant(exact.astype("float32")), np.float64)
        return LIBRARY.astype(getattr(LIBRARY, name)(LIBRARY.astype(x, np.float64)) - single, np.float32)

    np.testing.assert_allclose(evaluated(rest, values), exact - exact.astype("float32"), rtol=1e-4, atol=1e-14)


@pytest.mark.parametrize("name", BINARY)
@given(first=NUMBERS, second=NUMBERS)
def test_functions_of_two_arrays_are_numpys(name, first, second):
    first, second = first + np.float32(0), second + np.float32(0)  # -0, whose angle differs, becomes 0
    expected = getattr(np, name)(first, second)
    np.testing.assert_allclose(evaluated(getattr(LIBRARY, name), first, second), expected, rtol=2e-5, atol=1e-5)


def test_infinities_and_nan_are_not_finite():
    values = np.array([[np.inf, -np.inf, np.nan, 3e38]], "float32")
    assert evaluated(LIBRARY.isfinite, values).tolist() == [[0, 0, 0, 1]]


def test_arctan2_at_the_axes():
    y, x = np.array([[0, 0, 1, -1, 0, 2]], "float32"), np.array([[1, -1, 0, 0, 0, -2]], "float32")
    np.testing.assert_allclose(evaluated(LIBRARY.arctan2, y, x), np.arctan2(y, x), atol=1e-6)


def test_sums_and_stacks_by_hand():
    values = np.array([[1, 2, 3], [4, 5, 6]], "float32")
    assert evaluated(lambda x: LIBRARY.sum(x, axis=1, keepdims=True), values).tolist() == [[6], [15]]
    stacked = evaluated(lambda x: LIBRARY.stack([x.sum(1), 2.0 * x.sum(1)], axis=1), values)
    assert stacked.tolist() == [[6, 12], [15, 30]]
    clipped = evaluated(lambda x: LIBRARY.clip(x, 2.0, 5.0), values)
    assert clipped.tolist() == [[2, 2, 3], [4, 5, 5]]
