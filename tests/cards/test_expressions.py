from time import process_time

import awkward as ak
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tagwerk.cards.expressions import (
    branch_names,
    counted_branches,
    evaluate,
    parse,
    quote_branch,
    uncounted_branches,
)

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
def test_precedence_is_that_of_python_and_values_are_those_of_numpy(expression, expected):
    np.testing.assert_array_equal(evaluate(expression, {"x": X, "y": Y}), expected)


@given(COMPARISONS, st.floats(-5, 5), st.floats(-5, 5))
def test_the_value_for_single_numbers_is_that_of_python(expression, x, y):
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
def test_syntax_outside_the_language_is_refused(expression):
    with pytest.raises(ValueError, match=r"not part of the language|invalid expression"):
        parse(expression)


@pytest.mark.parametrize("expression", ["__import__('os')", "eval('x')", "open(x)", "exec(x)", "print(x)", "max(x)"])
def test_an_unknown_function_is_refused_by_name(expression):
    with pytest.raises(ValueError, match=rf"unknown function '{expression.split('(')[0]}'; known: abs, sign, log"):
        parse(expression)


def test_a_misspelt_function_is_refused_with_the_closest_one():
    with pytest.raises(ValueError, match="unknown function 'sqr'; known: sqrt"):
        parse("sqr(x) > 1")


@pytest.mark.parametrize("expression", ["abs()", "abs(x, y)", "hypot(x)"])
def test_a_wrong_number_of_arguments_is_refused(expression):
    with pytest.raises(ValueError, match=r"takes [12] argument"):
        parse(expression)


@pytest.mark.parametrize("expression", ["", "x >", "x = 1", "x > 1; y", "import os", "x y", "x\ny", "(x", "x\0"])
def test_an_invalid_expression_is_refused(expression):
    with pytest.raises(ValueError, match=r"invalid expression|null bytes"):
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
def test_branch_names_exclude_functions(expression, expected):
    assert branch_names(expression) == expected


def test_a_name_may_contain_dots_or_be_in_backticks():
    expression = "Jet.Flavor == 5 and abs(`tracks/d0`) < 2 and `x y` > 0"
    assert branch_names(expression) == {"Jet.Flavor", "tracks/d0", "x y"}
    values = {"Jet.Flavor": np.array([5, 5, 4]), "tracks/d0": np.array([-1, 3, 0]), "x y": np.ones(3)}
    assert evaluate(expression, values).tolist() == [True, False, False]


def test_attributes_are_branch_names_and_nothing_else():
    assert branch_names("x.__class__ > 1") == {"x.__class__"}
    with pytest.raises(KeyError):
        evaluate("x.__class__ > 1", {"x": X})


def test_constituents_are_counted_per_jet():
    pt, jet = ak.Array([[5, 1, 3], [], [2]]), np.array([2, 2, 1])
    assert evaluate("count(pt > 1)", {"pt": pt}).tolist() == [2, 0, 1]
    assert evaluate("count(pt > jet) >= 1 and jet < 2", {"pt": pt, "jet": jet}).tolist() == [False, False, True]
    assert counted_branches("count(pt > jet) >= 1 and other < 2") == {"pt", "jet"}
    assert uncounted_branches("count(pt > jet) >= 1 and other < 2") == {"other"}


def test_nested_counts_are_refused():
    with pytest.raises(ValueError, match="a count cannot contain another"):
        parse("count(count(x) > 1)")


def test_an_unclosed_backtick_is_refused():
    with pytest.raises(ValueError, match="invalid expression"):
        parse("`x > 1")


@pytest.mark.parametrize(
    ("expression", "name"),
    [
        ("`jet-pt` > 1", "jet-pt"),
        ("größe > 1", "größe"),
        ("`größe [GeV]` > 1", "größe [GeV]"),
        ("`a``b` > 1", "a`b"),
        ("```` > 1", "`"),
        ("`is` == 1", "is"),
        ("`1`  == 1", "1"),
        ("µ > 1", "µ"),  # the micro sign, which Python normalises to the Greek letter
        ("Jet.class > 1", "Jet.class"),
        ("`x > 1 and y`", "x > 1 and y"),
    ],
)
def test_every_name_can_be_written(expression, name):
    assert branch_names(expression) == {name}


@given(st.text(min_size=1, max_size=9))
def test_a_quoted_name_is_read_as_itself(name):
    assert branch_names(f"{quote_branch(name)} > 1") == {name}


@pytest.mark.parametrize("terms", [500, 5000])
@pytest.mark.parametrize("between", [" + ", " or ", " and ", " * ", " < "])
def test_thousands_of_terms_are_an_expression(terms, between):
    expression = between.join(["x"] * terms)
    assert branch_names(expression) == {"x"}
    assert evaluate(expression, {"x": np.zeros(2)}).shape == (2,)


@pytest.mark.parametrize("number", [5_000, 99_999, 1_000_000])
@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("(", ")"), ("(", ""), ("not ", ""), ("not(", ")"), ("-(", ")"), ("abs(", ")"), ("x*(", ")"), ("2**", ""),
        ("x+", ""), ("-", ""), ("x<", ""), ("x,", ""), ("`", ""), ("x.", ""), ("[", "]"), ("1_", ""), ("9", ""),
        ("0x9", ""), ("count(", ")"), ("x and(x or ", ")"), ("\n", ""), (".", ""), ("é", ""), ('"', ""),
        ("x if x else ", ""),
    ],
)  # fmt: skip
def test_a_text_of_any_length_is_an_expression_or_refused_in_a_short_line(before, after, number):
    start, message = process_time(), ""
    try:
        parse(before * number + "x" + after * number)
    except ValueError as error:
        message = str(error)
    assert process_time() - start < 20  # s, also on a slow machine
    assert len(message) < 300
    assert "\n" not in message


@pytest.mark.parametrize(
    "expression",
    ["9**9**9**9", "(9**9)**(9**9)", "(((((9**8)**8)**8)**8)**8)**8", "x**9**9", "1/0", "x / 0", "x % (1 - 1)", "0/0",
     "log(0) > x", "sqrt(-1)", "1e308 * 10", "1e999", "x > " + "9" * 400, "hypot(1e308, 1e308) * 2", "-1 / (True - 1)"],
)  # fmt: skip
def test_an_undefined_constant_is_refused(expression):
    with pytest.raises(ValueError, match=r"double precision|divides by zero|an exponent must be an integer up to 8"):
        parse(expression)


@pytest.mark.parametrize(
    ("expression", "hint"),
    [("x && y", "'and'"), ("x || y", "'or'"), ("!x", "'not'"), ("x ^ 2", r"'\*\*'"), ("x = 2", "'=='"),
     ("is > 1", "`is`"), ("a[0] > 1", "in backticks"), ("(x > 1", "missing at the end"),
     ("010 > x", "has a leading zero")],
)  # fmt: skip
def test_syntax_of_other_languages_is_refused_with_what_to_write(expression, hint):
    with pytest.raises(ValueError, match=hint):
        parse(expression)


def test_constants_are_folded():
    assert evaluate("2 * (3 + 4) ** 2", {}) == 98
    assert evaluate("1 < 2 and not False", {}) == 1
    assert evaluate("1 + 1", {}, length=3).tolist() == [2, 2, 2]


def test_a_count_needs_a_list():
    with pytest.raises(ValueError, match="no list to count in"):
        parse("count(1 > 0)")
