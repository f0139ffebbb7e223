"""Rounded numbers keep what a figure can show."""

import pytest

from tagwerk.evaluation.compact import compact, compact_score


@pytest.mark.parametrize(("value", "rounded"), [(0.123456789, 0.12346), (1234567.8, 1234600.0), (-2.0, -2.0)])
def test_a_value_has_five_significant_digits(value, rounded):
    assert compact(value) == rounded


@pytest.mark.parametrize(
    ("score", "rounded"),
    [
        (0.5, 0.5),
        (0.123456789, 0.12346),
        (0.99998765432, 0.999987654),
        (1.234567e-7, 1.2346e-7),
        (0.0, 0.0),
        (1.0, 1.0),
    ],
)
def test_a_score_keeps_five_digits_of_its_distance_to_the_nearer_end(score, rounded):
    assert compact_score(score) == pytest.approx(rounded, rel=1e-15)
