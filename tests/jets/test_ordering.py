"""The order of constituents is that of a stable sort, whatever the key."""

import awkward as ak
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tagwerk.jets.ordering import _MAX_LENGTH, descending, ranges, starts

LISTS = st.lists(st.lists(st.integers(0, 3), max_size=6), min_size=1, max_size=5)


def test_starts_and_ranges_by_hand():
    assert starts(np.array([2, 0, 3, 1])).tolist() == [0, 2, 2, 5]
    assert ranges(np.array([5, 1, 0]), np.array([2, 0, 3])).tolist() == [5, 6, 0, 1, 2]


def expected(lists, jets, max_length):
    """The same with Python's own stable sort."""
    starts = np.cumsum([0, *map(len, lists)])
    ordered = [sorted(range(len(keys)), key=lambda index, keys=keys: -keys[index]) for keys in lists]
    return [int(starts[jet]) + index for jet in jets for index in ordered[jet][:max_length]]


@given(LISTS, st.data(), st.sampled_from([np.float32, np.float64, np.int64, np.uint8]))
def test_constituents_are_in_descending_order_and_ties_in_that_of_the_file(lists, data, dtype):
    jets = data.draw(st.lists(st.integers(0, len(lists) - 1), max_size=6))
    max_length = data.draw(st.integers(0, 7))
    counts, key = np.array([len(each) for each in lists]), np.array([key for keys in lists for key in keys], dtype)
    jets_array = np.array(jets, np.int64)
    indices = descending(key, counts, jets_array, np.minimum(counts[jets_array], max_length))
    assert indices.tolist() == expected(lists, jets, max_length)


@pytest.mark.parametrize("length", [_MAX_LENGTH, _MAX_LENGTH + 1])
def test_long_lists_are_sorted_alike(length):
    random = np.random.default_rng(1)
    lists = [random.integers(0, 50, size).tolist() for size in (length, 0, 7)]
    counts, key = np.array([length, 0, 7]), np.array([key for keys in lists for key in keys], np.float64)
    jets = np.array([2, 0])
    assert descending(key, counts, jets, counts[jets]).tolist() == expected(lists, jets, length)


def test_identities_beyond_double_precision_are_told_apart():
    key = np.array([2**60, 2**60 + 1, 2**60 + 2])
    assert descending(key, np.array([3]), np.array([0]), np.array([3])).tolist() == [2, 1, 0]


def test_a_key_with_nan_is_sorted_as_by_awkward():
    key = np.array([1.0, np.nan, 3.0, 2.0], np.float32)
    order = ak.argsort(ak.unflatten(key, [4]), ascending=False, stable=True)[0].tolist()
    assert descending(key, np.array([4]), np.array([0]), np.array([4])).tolist() == order
