from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tagwerk.training.buckets import bucket_edges, bucket_index

LENGTHS = st.lists(st.integers(0, 9), min_size=1, max_size=9).map(np.array)


def steps(lengths, edges):
    """The steps of jets padded to the first edge that they fit into; at least one step per jet."""
    return sum(count * min(edge for edge in edges if edge >= length) for length, count in enumerate(lengths) if count)


def fewest_steps(lengths, buckets):
    """The same for the best choice of edges."""
    longest = max((length for length, count in enumerate(lengths) if count), default=1) or 1
    shorter = range(1, longest)
    choices = (edges for count in range(buckets) for edges in combinations(shorter, count))
    return min(steps(lengths, [*edges, longest]) for edges in choices)


@given(LENGTHS, st.integers(1, 5))
def test_no_other_choice_pads_less(lengths, buckets):
    edges = bucket_edges(lengths, buckets)
    assert steps(lengths, edges.tolist()) == fewest_steps(lengths.tolist(), buckets)


@given(LENGTHS, st.integers(1, 12))
def test_edges_ascend_and_are_no_more_than_asked_for(lengths, buckets):
    edges = bucket_edges(lengths, buckets)
    assert 1 <= len(edges) <= buckets
    assert (np.diff(edges) > 0).all()
    assert edges[0] >= 1
    assert edges[-1] == max(1, *(np.flatnonzero(lengths).tolist() or [1]), 1)


@pytest.mark.parametrize(
    ("lengths", "buckets", "edges"),
    [
        ([0, 5, 0, 0, 5], 1, [4]),
        ([0, 5, 0, 0, 5], 2, [1, 4]),
        ([0, 5, 0, 0, 5], 8, [1, 4]),
        ([0, 100, 0, 0, 1, 0, 0, 0, 0, 100], 2, [1, 9]),
        ([7], 3, [1]),
        ([], 3, [1]),
    ],
)
def test_edges_by_hand(lengths, buckets, edges):
    assert bucket_edges(np.array(lengths, int), buckets).tolist() == edges


def test_a_length_belongs_to_the_first_edge_that_it_fits_into_or_the_last_one():
    assert bucket_index(np.array([0, 1, 2, 3, 8, 9, 50]), np.array([1, 3, 9])).tolist() == [0, 0, 1, 1, 2, 2, 2]
