import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from tagwerk.errors import UserError
from tagwerk.summaries.factors import reweighting_factors


def factors_of(reference, other, largest=10.0):
    """The factors of a class; those of the reference are one."""
    sums = {"a": np.array(reference, float), "b": np.array(other, float)}
    factors = reweighting_factors(sums, "a", largest)
    assert list(factors) == ["a", "b"]
    assert (factors["a"] == 1).all()
    return factors["b"]


def test_two_bins_by_hand():
    assert factors_of([[1, 3]], [[2, 2]]) == pytest.approx(np.array([[0.5, 1.5]]))


def test_factors_do_not_depend_on_the_sum_of_weights():
    assert factors_of([[100, 300]], [[0.02, 0.02]]) == pytest.approx(np.array([[0.5, 1.5]]))


def test_factors_are_capped_and_the_others_compensate():
    # 9 of 10 in the first bin, 1 of 10 for the reference: 9 * 8/9 + 1 * 2 = 10.
    assert factors_of([[1, 9]], [[9, 1]], largest=2) == pytest.approx(np.array([[8 / 9, 2]]))


def test_factors_that_grow_too_large_after_a_cap_are_capped_too():
    factors = factors_of([[10, 45, 45]], [[97, 1, 2]], largest=8)
    assert factors[0, 1:] == pytest.approx([8, 8])
    assert factors[0, 0] == pytest.approx((100 - 24) / 97)


def test_a_factor_is_one_without_jets_of_the_class_and_zero_without_jets_of_the_reference():
    assert factors_of([[1, 1, 0]], [[0, 1, 1]]) == pytest.approx(np.array([[1, 2, 0]]))


_SUMS = arrays(float, (3, 4), elements=st.floats(0.5, 100))


@given(_SUMS, _SUMS, st.floats(1.1, 20))
def test_each_class_keeps_its_sum_of_weights_and_no_factor_exceeds_the_largest(reference, other, largest):
    factors = factors_of(reference, other, largest)
    assert (factors * other).sum() == pytest.approx(other.sum())
    assert factors.max() <= largest * (1 + 1e-9)


@given(_SUMS, _SUMS)
def test_without_a_cap_the_class_gets_the_shares_of_the_reference(reference, other):
    reweighted = factors_of(reference, other, largest=1e9) * other
    np.testing.assert_allclose(reweighted / reweighted.sum(), reference / reference.sum(), rtol=1e-9)


@pytest.mark.parametrize(("sums", "total"), [([[0, 0]], "0"), ([[-1, -2]], "-3")])
def test_a_class_without_weight_is_named(sums, total):
    message = "^key 'weight': the weights of the training jets of class '{}' sum to {}; "
    with pytest.raises(UserError, match=message.format("b", total)):
        factors_of([[1, 1]], sums)
    with pytest.raises(UserError, match=message.format("a", total)):
        factors_of(sums, [[1, 1]])


def test_a_negative_bin_is_named_but_rounding_residuals_count_as_zero():
    with pytest.raises(UserError, match=r"class 'b' sum to -0.5 in bin \(1, 2\) of the two variables; use fewer"):
        factors_of([[1, 1]], [[3, -0.5]])
    assert factors_of([[1, 1]], [[3, -1e-16]]) == pytest.approx(np.array([[1, 1]]))


def test_classes_with_too_little_overlap_are_refused():
    with pytest.raises(UserError, match=r"only 5 % of class 'b' lies where .*; use fewer bins or a value above 10"):
        factors_of([[1, 0]], [[5, 95]])
