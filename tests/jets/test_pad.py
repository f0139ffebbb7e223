import awkward as ak
import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tagwerk.jets.pad import pad
from tagwerk.jets.ragged import Ragged
from tests.conftest import jet_array, jets

FIELDS = ["pt", "energy"]


def padded(lists, length, rows=slice(None)):
    constituents = Ragged.of_lists(lists, FIELDS)
    return pad(constituents.matrix(FIELDS), constituents.starts[rows], constituents.counts[rows], length)


def test_three_jets_by_hand():
    jets = jet_array([(3, 0, 0, 6), (2, 0, 0, 4)], [], [(1, 0, 0, 2)])
    values, mask = padded(jets.constituents, 3)
    assert values.tolist() == [[[3, 6], [2, 4], [0, 0]], [[0, 0]] * 3, [[1, 2], [0, 0], [0, 0]]]
    assert mask.tolist() == [[True, True, False], [False] * 3, [True, False, False]]
    assert (values.dtype, mask.dtype) == (np.float32, bool)


@given(jets(), st.integers(8, 12))
def test_padding_can_be_undone(jets, length):
    values, mask = padded(jets.constituents, length)
    lists = ak.unflatten(values[mask], mask.sum(axis=1))
    for column, field in enumerate(FIELDS):
        assert ak.array_equal(lists[..., column], jets.constituents[field])
    assert not values[~mask].any()


@given(jets(), st.integers(1, 12))
def test_the_mask_counts_constituents_up_to_the_length(jets, length):
    _, mask = padded(jets.constituents, length)
    assert mask.sum(axis=1).tolist() == np.minimum(ak.num(jets.constituents), length).tolist()
    assert (mask == np.sort(mask, axis=1)[:, ::-1]).all()


@given(jets(), st.integers(1, 8))
def test_a_shorter_length_keeps_the_first(jets, length):
    values, mask = padded(jets.constituents, length)
    longer, longer_mask = padded(jets.constituents, 8)
    np.testing.assert_array_equal(values, longer[:, :length])
    np.testing.assert_array_equal(mask, longer_mask[:, :length])


@given(jets(), st.data())
def test_padding_does_not_depend_on_the_order_of_rows(jets, data):
    rows = np.array(data.draw(st.permutations(range(len(jets)))))
    values, mask = padded(jets.constituents, 8, rows)
    expected, expected_mask = padded(jets.constituents, 8)
    np.testing.assert_array_equal(values, expected[rows])
    np.testing.assert_array_equal(mask, expected_mask[rows])


def test_jets_that_are_all_empty_and_no_jets_at_all():
    assert padded(jet_array([], []).constituents, 2)[1].tolist() == [[False, False], [False, False]]
    assert padded(jet_array([]).constituents[:0], 2)[0].shape == (0, 2, 2)
