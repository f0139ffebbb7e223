"""Holm's correction by hand, and conversions between p-values and standard deviations."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tagwerk.evaluation.multiple_testing import holm, two_sided_p, two_sided_sigma

P_VALUES = st.lists(st.floats(0, 1), min_size=1, max_size=20)


def test_four_p_values_by_hand():
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm([0.7, 0.4]) == pytest.approx([0.8, 0.8])
    assert holm([0.6, 0.9]) == pytest.approx([1, 1])
    assert holm([0.03]) == pytest.approx([0.03])
    assert len(holm([])) == 0


@given(P_VALUES)
def test_corrected_values_are_between_the_raw_ones_and_bonferroni(p):
    corrected, raw = holm(p), np.array(p)
    assert (corrected >= raw).all()
    assert (corrected <= np.minimum(raw * len(p), 1)).all()
    assert corrected[np.argmin(raw)] == min(raw.min() * len(p), 1)
    assert (np.diff(corrected[np.argsort(raw)]) >= 0).all()


def test_of_true_hypotheses_any_is_rejected_as_rarely_as_it_should():
    """A family of ten, strongly correlated, at 5 %."""
    random = np.random.default_rng(1)
    sigma = np.sqrt(0.5) * random.normal(size=(4000, 1)) + np.sqrt(0.5) * random.normal(size=(4000, 10))
    rejected = [(holm(p) < 0.05).any() for p in two_sided_p(sigma)]
    assert 0.02 < np.mean(rejected) < 0.05 + 3 * np.sqrt(0.05 * 0.95 / 4000)


def test_p_values_and_standard_deviations():
    assert two_sided_p([1.0, -2.0, 3.0]) == pytest.approx([0.3173, 0.0455, 0.0027], rel=1e-3)
    assert two_sided_sigma(two_sided_p([0.0, 1.5, 8.0])) == pytest.approx([0, 1.5, 8])
