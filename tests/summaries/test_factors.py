import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from tagwerk.errors import UserError
from tagwerk.summaries.factors import factors


def made(reference, other, largest=10.0):
    """The factors of a class against a reference, whose own are one."""
    sums = {"a": np.array(reference, float), "b": np.array(other, float)}
    found = factors(sums, "a", largest)
    assert list(found) == ["a", "b"]
    assert (found["a"] == 1).all()
    return found["b"]


def test_two_bins_by_hand():
    assert made([[1, 3]], [[2, 2]]) == pytest.approx(np.array([[0.5, 1.5]]))


def test_they_do_not_depend_on_how_much_a_class_weighs():
    assert made([[100, 300]], [[0.02, 0.02]]) == pytest.approx(np.array([[0.5, 1.5]]))


def test_the_largest_is_cut_and_the_others_make_up_for_it():
    # 9 of 10 in bin one, where the reference has 1 of 10: 9 * 8/9 + 1 * 2 = 10.
    assert made([[1, 9]], [[9, 1]], largest=2) == pytest.approx(np.array([[8 / 9, 2]]))


def test_after_a_cut_others_that_grow_too_large_are_cut_as_well():
    found = made([[10, 45, 45]], [[97, 1, 2]], largest=8)
    assert found[0, 1:] == pytest.approx([8, 8])
    assert found[0, 0] == pytest.approx((100 - 24) / 97)


def test_a_bin_without_jets_of_the_class_has_one_and_without_jets_of_the_reference_zero():
    assert made([[1, 1, 0]], [[0, 1, 1]]) == pytest.approx(np.array([[1, 2, 0]]))


_SUMS = arrays(float, (3, 4), elements=st.floats(0.5, 100))


@given(_SUMS, _SUMS, st.floats(1.1, 20))
def test_every_class_keeps_its_sum_and_no_factor_is_above_the_largest(reference, other, largest):
    found = made(reference, other, largest)
    assert (found * other).sum() == pytest.approx(other.sum())
    assert found.max() <= largest * (1 + 1e-9)


@given(_SUMS, _SUMS)
def test_where_nothing_is_cut_the_class_gets_the_shares_of_the_reference(reference, other):
    found = made(reference, other, largest=1e9) * other
    np.testing.assert_allclose(found / found.sum(), reference / reference.sum(), rtol=1e-9)


@pytest.mark.parametrize(("sums", "total"), [([[0, 0]], "0"), ([[-1, -2]], "-3")])
def test_a_class_without_weight_is_named(sums, total):
    with pytest.raises(UserError, match=f"^key 'weight': the training jets of class 'b' weigh {total} in all; "):
        made([[1, 1]], sums)
    with pytest.raises(UserError, match=f"^key 'weight': the training jets of class 'a' weigh {total} in all; "):
        made(sums, [[1, 1]])


def test_a_bin_below_zero_is_named_but_what_is_left_of_cancelling_weights_counts_as_none():
    with pytest.raises(UserError, match=r"class 'b' weigh -0.5 in bin \(1, 2\) of the two variables, less than zero; "):
        made([[1, 1]], [[3, -0.5]])
    assert made([[1, 1]], [[3, -1e-16]]) == pytest.approx(np.array([[1, 1]]))


def test_classes_that_have_too_little_in_common_are_refused():
    with pytest.raises(
        UserError, match=r"only 5 % of class 'b' lies where .*; take fewer bins or a larger value than 10"
    ):
        made([[1, 0]], [[5, 95]])
