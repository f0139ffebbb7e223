"""Numbers show two digits of their uncertainty and no more."""

import pytest

from tagwerk import rounding


@pytest.mark.parametrize(
    ("value", "uncertainty", "text"),
    [
        (0.95512, 0.00213, "0.9551 ± 0.0021"),
        (0.95512, 0.000999, "0.9551 ± 0.0010"),
        (1234.5, 240.0, "1,230 ± 240"),
        (-0.0271, 0.0018, "\N{MINUS SIGN}0.0271 ± 0.0018"),
        (0.5, 0.0, "0.5000 ± 0.0000"),
    ],
)
def test_measurement(value, uncertainty, text):
    assert rounding.measurement(value, uncertainty) == text


@pytest.mark.parametrize(
    ("value", "low", "high", "text"),
    [
        (512.3, 476.1, 553.4, "512 (+41 \N{MINUS SIGN}36)"),
        (None, 5432.1, None, "> 5,400"),
        (None, 0.0, None, "undetermined"),
        (1.0, 0.5, None, "> 0.50"),
    ],
)
def test_interval_text(value, low, high, text):
    assert rounding.interval_text(value, low, high) == text


@pytest.mark.parametrize(("value", "text"), [(13333.3, "13,330"), (0.31, "0.3100"), (0, "0"), (99999.9, "100,000")])
def test_plain(value, text):
    assert rounding.plain(value) == text


def test_listing():
    assert rounding.listing(["a"]) == "a"
    assert rounding.listing(["a", "b", "c"]) == "a, b and c"


def test_titles_are_quoted_if_one_has_a_comma():
    assert rounding.title_listing(["a", "b", "c", "d"], 3) == "a and 3 others"
    assert rounding.title_listing(["a", "b, light", "c"], 3) == "“a”, “b, light” and “c”"
    assert rounding.title_listing(["a, light", "b", "c"], 2) == "“a, light” and 2 others"


@pytest.mark.parametrize(
    ("threshold", "text"),
    [
        (0.5, "0.5"),
        (0.8705834, "0.870583"),
        (0.9999871, "0.999987"),
        (0.9999996831, "0.99999968"),
        (1 - 3.2e-14, "0.999999999999968"),
        (1.0, "1"),
        (-7.25, "-7.25"),
        (12345.678, "12345.7"),
    ],
)
def test_a_threshold_just_below_one_is_not_shown_as_one(threshold, text):
    assert rounding.threshold_text(threshold) == text
