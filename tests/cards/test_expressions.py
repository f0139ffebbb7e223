import awkward as ak
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tagwerk.cards.expressions import counted, evaluate, names, parse, uncounted

X, Y = np.array([-2.0, 0.5, 1.0, 3.0]), np.array([4.0, 0.5, -1.0, 2.0])

LEAVES = st.sampled_from(["x", "y", "0.5", "2", "(x - y)", "abs(y)", "hypot(x, y)"])
SUMS = st.builds("{} {} {}".format, LEAVES, st.sampled_from(["+", "-", "*"]), LEAVES)
COMPARISONS = st.builds(
    "{} {} {} {} {}".format,
    SUMS,
    st.sampled_from(["<", "<=", ">", ">=", "==", "!="]),
    SUMS,
    st.sampled_from(["<", ">="]),
    SUMS,
)


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("x + y * 2", X + Y * 2),
        ("(x + y) * 2", (X + Y) * 2),
        ("-x ** 2", -(X**2)),
        ("x - y - 1", X - Y - 1),
        ("x / y % 2", (X / Y) % 2),
        ("0 < x < y", (X > 0) & (X < Y)),
        ("0 < x <= y != 2", (X > 0) & (X <= Y) & (Y != 2)),
        ("x > 0 and y > 0 or x < -1", ((X > 0) & (Y > 0)) | (X < -1)),
        ("x > 0 and (y > 0 or x < -1)", (X > 0) & ((Y > 0) | (X < -1))),
        ("not x > 0 and y > 0", ~(X > 0) & (Y > 0)),
        ("x > 0 and y > 0 and x < 3", (X > 0) & (Y > 0) & (X < 3)),
        ("abs(x) > hypot(y, 1)", np.abs(X) > np.hypot(Y, 1)),
        ("sqrt(abs(x)) + log(x ** 2)", np.sqrt(np.abs(X)) + np.log(X**2)),
        (" x\t> 0 ", X > 0),
        ("x > 1e-1", X > 0.1),
    ],
)
def test_precedence_is_pythons_and_values_are_numpys(expression, expected):
    np.testing.assert_array_equal(evaluate(expression, {"x": X, "y": Y}), expected)


@given(COMPARISONS, st.floats(-5, 5), st.floats(-5, 5))
def test_of_single_numbers_the_value_is_pythons(expression, x, y):
    python = eval(expression, {"abs": abs, "hypot": np.hypot, "x": x, "y": y})
    assert bool(evaluate(expression, {"x": x, "y": y})) == bool(python)


@pytest.mark.parametrize(
    "expression",
    [
        "(x + y).pt", "x[0]", "x[0:1]", "'text'", "x == 'top'", "lambda: 1", "(x := 1)", "[x]", "(x, y)", "{x}",
        "{x: y}", "[z for z in x]", "x if y else 1", "x is y", "x in y", "x @ y", "x // y", "x & y", "x | y", "~x",
        "x << 1", "f'{x}'", "b'x'", "None", "...", "1j", "await x", "abs(*x)", "abs(**x)", "abs(x=1)", "abs(x).real",
        "().__class__", "hypot(x, y[0].z)", "not x[0]", "1 < x[0] < 2",
    ],
)  # fmt: skip
def test_what_is_outside_of_the_language_is_refused(expression):
    with pytest.raises(ValueError, match=r"not part of the language|no expression"):
        parse(expression)


@pytest.mark.parametrize("expression", ["__import__('os')", "eval('x')", "open(x)", "exec(x)", "print(x)", "max(x)"])
def test_an_unknown_function_is_refused_by_name(expression):
    with pytest.raises(ValueError, match=rf"unknown function '{expression.split('(')[0]}'; known: abs, log"):
        parse(expression)


def test_a_misspelt_function_is_refused_with_the_nearest():
    with pytest.raises(ValueError, match="unknown function 'sqr'; known: sqrt"):
        parse("sqr(x) > 1")


@pytest.mark.parametrize("expression", ["abs()", "abs(x, y)", "hypot(x)"])
def test_a_wrong_number_of_values_is_refused(expression):
    with pytest.raises(ValueError, match=r"takes [12] value"):
        parse(expression)


@pytest.mark.parametrize("expression", ["", "x >", "x = 1", "x > 1; y", "import os", "x y", "x\ny", "(x", "x\0"])
def test_what_is_no_expression_is_refused(expression):
    with pytest.raises(ValueError, match=r"no expression|null bytes"):
        parse(expression)


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("x > 0 and abs(y) < x", {"x", "y"}),
        ("1 < 2", set()),
        ("abs > 1", {"abs"}),
        ("hypot(abs(jet_pt), jet_eta) > True", {"jet_pt", "jet_eta"}),
    ],
)
def test_names_are_the_branches_and_not_the_functions(expression, expected):
    assert names(expression) == expected


def test_a_name_may_hold_dots_or_stand_in_backticks():
    expression = "Jet.Flavor == 5 and abs(`tracks/d0`) < 2 and `x y` > 0"
    assert names(expression) == {"Jet.Flavor", "tracks/d0", "x y"}
    values = {"Jet.Flavor": np.array([5, 5, 4]), "tracks/d0": np.array([-1, 3, 0]), "x y": np.ones(3)}
    assert evaluate(expression, values).tolist() == [True, False, False]


def test_attributes_are_names_of_branches_and_nothing_else():
    assert names("x.__class__ > 1") == {"x.__class__"}
    with pytest.raises(KeyError):
        evaluate("x.__class__ > 1", {"x": X})


def test_constituents_are_counted_a_jet():
    pt, jet = ak.Array([[5, 1, 3], [], [2]]), np.array([2, 2, 1])
    assert evaluate("count(pt > 1)", {"pt": pt}).tolist() == [2, 0, 1]
    assert evaluate("count(pt > jet) >= 1 and jet < 2", {"pt": pt, "jet": jet}).tolist() == [False, False, True]
    assert counted("count(pt > jet) >= 1 and other < 2") == {"pt", "jet"}
    assert uncounted("count(pt > jet) >= 1 and other < 2") == {"other"}


def test_a_count_within_a_count_is_refused():
    with pytest.raises(ValueError, match="nothing is counted inside of a count"):
        parse("count(count(x) > 1)")


def test_an_unclosed_backtick_is_no_expression():
    with pytest.raises(ValueError, match="no expression"):
        parse("`x > 1")
