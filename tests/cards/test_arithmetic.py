"""Expressions are computed in double precision, as in ROOT, whatever the types of the branches."""

import awkward as ak
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from tagwerk.cards.expressions import evaluate

TYPES = [
    "bool",
    *(f"{sign}int{bits}" for sign in ("", "u") for bits in (8, 16, 32, 64)),
    "float16",
    "float32",
    "float64",
]
INTEGERS = [dtype for dtype in TYPES if "int" in dtype]
COLUMN = st.sampled_from(TYPES).flatmap(lambda dtype: arrays.arrays(dtype, 5))
LARGE = 2**53 + 1  # the smallest positive integer that double precision cannot represent

quiet = pytest.mark.filterwarnings("ignore::RuntimeWarning")


@quiet
@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("x + y", lambda x, y: x + y),
        ("x - y", lambda x, y: x - y),
        ("x - 40", lambda x, y: x - 40),
        ("40 - x - y", lambda x, y: 40 - x - y),
        ("x * y * x", lambda x, y: x * y * x),
        ("x / y", lambda x, y: x / y),
        ("-x", lambda x, y: -x),
        ("-x - -y", lambda x, y: -x + y),
        ("x ** 3", lambda x, y: x**3),
        ("abs(x) + abs(-y)", lambda x, y: abs(x) + abs(y)),
        ("hypot(x, y)", lambda x, y: np.hypot(x, y)),
        ("sqrt(x) + log(y)", lambda x, y: np.sqrt(x) + np.log(y)),
        ("sign(x) + exp(-y)", lambda x, y: np.sign(x) + np.exp(-y)),
        ("sin(x) - cos(y)", lambda x, y: np.sin(x) - np.cos(y)),
        ("sinh(x) + cosh(y) - tanh(x)", lambda x, y: np.sinh(x) + np.cosh(y) - np.tanh(x)),
        ("(x > 0) + (y > 0) - 2 * (x > y)", lambda x, y: (x > 0) + 1.0 * (y > 0) - 2 * (x > y)),
        ("x - y > 0", lambda x, y: x - y > 0),
        ("x * y < x + y", lambda x, y: x * y < x + y),
    ],
)
@given(COLUMN, COLUMN)
def test_arithmetic_of_any_two_types_is_that_of_doubles(expression, expected, x, y):
    # 64-bit integers are compared exactly: see below.
    x, y = (each // 2**12 if each.dtype.itemsize == 8 and each.dtype.kind in "iu" else each for each in (x, y))
    value = evaluate(expression, {"x": x, "y": y})
    np.testing.assert_array_equal(value, expected(x.astype(np.float64), y.astype(np.float64)))


@pytest.mark.parametrize("dtype", ["uint8", "uint16", "uint32", "uint64"])
def test_differences_of_unsigned_integers_can_be_negative(dtype):
    counts = np.array([0, 39, 40, 41, 64], dtype)
    assert evaluate("n - 40 > 0", {"n": counts}).tolist() == [False, False, False, True, True]
    assert evaluate("-n", {"n": counts}).tolist() == [0, -39, -40, -41, -64]


@pytest.mark.parametrize("dtype", INTEGERS)
def test_integers_do_not_wrap(dtype):
    limits = np.array([np.iinfo(dtype).max, np.iinfo(dtype).min], dtype)
    assert evaluate("x + x + 1", {"x": limits}).tolist() == [2 * float(limit) + 1 for limit in limits]
    assert evaluate("abs(x)", {"x": limits}).tolist() == [abs(float(limit)) for limit in limits]


def test_products_of_single_precision_do_not_overflow():
    assert evaluate("x * x", {"x": np.array([1e30], np.float32)})[0] == pytest.approx(1e60, rel=1e-6)
    assert evaluate("x + 1", {"x": np.array([65504], np.float16)}).tolist() == [65505]


def test_booleans_are_zero_and_one():
    flags = {"b": np.array([True, True, False]), "c": np.array([True, False, False])}
    assert evaluate("b + c", flags).tolist() == [2, 1, 0]
    assert evaluate("b - c", flags).tolist() == [0, 1, 0]
    assert evaluate("-b", flags).tolist() == [-1, -1, 0]
    assert evaluate("+b", flags).tolist() == [1, 1, 0]
    assert evaluate("b + c == 2", flags).tolist() == [True, False, False]
    assert evaluate("b == 1", flags).tolist() == [True, True, False]
    assert evaluate("b > -1 and b < 300", flags).tolist() == [True, True, True]


@given(
    st.sampled_from(INTEGERS).flatmap(lambda dtype: arrays.arrays(dtype, 5)),
    st.sampled_from(INTEGERS).flatmap(lambda dtype: arrays.arrays(dtype, 5)),
    st.integers(-(2**65), 2**65),
)
def test_integers_are_compared_exactly(x, y, number):
    for name, compare in {"==": int.__eq__, "!=": int.__ne__, "<": int.__lt__, ">=": int.__ge__}.items():
        assert evaluate(f"x {name} y", {"x": x, "y": y}).tolist() == list(map(compare, x.tolist(), y.tolist()))
        assert evaluate(f"x {name} {number}", {"x": x}).tolist() == [compare(each, number) for each in x.tolist()]
        assert evaluate(f"{number} {name} x", {"x": x}).tolist() == [compare(number, each) for each in x.tolist()]


@pytest.mark.parametrize("dtype", ["int64", "uint64"])
def test_event_numbers_beyond_double_precision_remain_distinct(dtype):
    event = {"event": np.array([LARGE - 1, LARGE, LARGE + 1], dtype)}
    assert evaluate(f"event == {LARGE}", event).tolist() == [False, True, False]
    assert evaluate(f"event != {LARGE}", event).tolist() == [True, False, True]
    assert evaluate(f"event > {LARGE}", event).tolist() == [False, False, True]
    assert evaluate("event % 2", event).tolist() == [0, 1, 0]
    assert evaluate("event % 2 == 1", event).tolist() == [False, True, False]


def test_a_remainder_has_the_sign_of_its_divisor_and_is_nan_for_zero():
    x = np.array([-5, 5, 5], np.int8)
    assert evaluate("x % 3", {"x": x}).tolist() == [1, 2, 2]
    assert evaluate("x % y", {"x": x, "y": np.array([3.0, -3.0, 2.5])}).tolist() == [1, -1, 0]
    np.testing.assert_array_equal(evaluate("x % y", {"x": x, "y": np.array([0, 2, 0], np.uint8)}), [np.nan, 1, np.nan])


def test_single_precision_is_compared_with_a_decimal_as_in_root():
    x = {"x": np.array([0.1, 0.5], np.float32)}
    assert evaluate("x == 0.1", x).tolist() == [False, False]
    assert evaluate("x > 0.1", x).tolist() == [True, True]
    assert evaluate("x == 0.5", x).tolist() == [False, True]


def test_division_by_zero_is_infinite_or_nan_and_nan_is_in_no_range():
    values = {"x": np.array([1, 0, -1], np.int32), "n": np.zeros(3, np.uint8)}
    np.testing.assert_array_equal(evaluate("x / n", values), [np.inf, np.nan, -np.inf])
    assert evaluate("x / n > 5", values).tolist() == [True, False, False]
    assert evaluate("x / n <= 5", values).tolist() == [False, False, True]


@pytest.mark.parametrize("dtype", ["uint8", "int64", "float32"])
def test_a_count_is_a_number(dtype):
    charge = ak.values_astype(ak.Array([[1, 0, 2], [], [3, 3]]), dtype)
    counts = {"q": charge, "n": np.array([2, 0, 3], np.uint8)}
    assert evaluate("count(q)", counts).tolist() == [2, 0, 2]
    assert evaluate("count(q - 2 >= 0)", counts).tolist() == [1, 0, 2]
    assert evaluate("count(q > 0) - n", counts).tolist() == [0, 0, -1]
    assert evaluate("-count(q > 0) + count(q > 2) / 2", counts).tolist() == [-2, 0, -1]
    assert evaluate("count(q % 2 == 1)", counts).tolist() == [1, 0, 2]


def test_a_true_value_counts_once_whatever_its_size():
    assert evaluate("count(x)", {"x": ak.Array([[0.5, -1.0], [0.0]])}).tolist() == [2, 0]
    assert evaluate("count(-x)", {"x": ak.Array([[True, True], [False]])}).tolist() == [2, 0]
