"""Bins hold equal shares of the jets, and every value is in one of them."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tagwerk.evaluation.quantile_bins import bin_index, quantile_edges

VALUES = st.lists(st.floats(-10, 10, allow_nan=False), min_size=1, max_size=40)


def test_by_hand():
    values = np.arange(8.0)
    assert quantile_edges(values, np.ones(8), 4).tolist() == [0, 1.75, 3.5, 5.25, 7]
    assert quantile_edges(values, np.array([4, 1, 1, 1, 1, 0.5, 0.5, 1.0]), 2).tolist() == [0, 1, 7]


def test_equal_values_merge_bins_and_nan_is_ignored():
    assert quantile_edges(np.array([1, 1, 1, 1, 2, np.nan]), np.ones(6), 4).tolist() == [1, 2]
    assert quantile_edges(np.full(3, 5.0), np.ones(3), 4).tolist() == [5]
    assert quantile_edges(np.array([np.nan]), np.ones(1), 4).tolist() == []


def test_a_value_on_an_edge_is_in_the_upper_bin_and_outer_bins_are_open():
    index = bin_index(np.array([-99, 0, 0.5, 1, 99, np.nan]), np.array([0.0, 1.0]))
    assert index.tolist() == [0, 1, 1, 2, 2, -1]


@given(VALUES, st.integers(1, 6))
def test_edges_increase_and_span_all_values(values, count):
    edges = quantile_edges(np.array(values), np.ones(len(values)), count)
    assert (np.diff(edges) > 0).all()
    assert (edges[0], edges[-1]) == (min(values), max(values))
    assert len(edges) <= count + 1
