import awkward as ak
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tagwerk.readers.links import NOWHERE, Tally, by_index, by_reference, existing, grouped, take

_INDICES = st.lists(st.tuples(st.integers(0, 4), st.lists(st.integers(-2, 6), max_size=5)), min_size=1, max_size=6)


def test_an_index_leads_to_its_own_events_collection():
    index = ak.Array([[1, 0], [], [0]])
    assert by_index(index, ak.Array([2, 5, 1])).tolist() == [[1, 0], [], [7]]


def test_an_index_outside_its_events_collection_leads_nowhere():
    index = ak.Array([[-1, 2, 1], [0]])
    assert by_index(index, ak.Array([2, 0])).tolist() == [[NOWHERE, NOWHERE, 1], [NOWHERE]]


def test_nested_and_unsigned_indices_keep_their_shape():
    index = ak.values_astype(ak.Array([[[0], [2, 1]], [[0, 2**32 - 1]]]), np.uint32)
    assert by_index(index, ak.Array([3, 1])).tolist() == [[[0], [2, 1]], [[3, NOWHERE]]]


@given(_INDICES)
def test_positions_are_those_of_a_loop(events):
    sizes = [size for size, _ in events]
    expected = [
        [sum(sizes[:row]) + each if 0 <= each < size else NOWHERE for each in index]
        for row, (size, index) in enumerate(events)
    ]
    index = ak.values_astype(ak.Array([index for _, index in events]), np.int64)
    assert by_index(index, ak.Array(sizes)).tolist() == expected


def test_a_reference_is_found_in_its_own_event_only():
    identities = ak.Array([[30, 10, 20], [10]])
    references = ak.Array([[20, 10], [40], [10, 30]])
    assert by_reference(references, np.array([0, 0, 1]), identities).tolist() == [[2, 1], [NOWHERE], [3, NOWHERE]]


def test_of_two_objects_alike_the_first_is_found_and_the_process_number_does_not_count():
    identities = ak.Array([[7, 7 + (3 << 24), 8]])
    assert by_reference(ak.Array([[7 + (1 << 24), 8]]), np.array([0]), identities).tolist() == [[0, 2]]


def test_references_into_nothing_lead_nowhere():
    identities = ak.Array([[1], []])[1:]
    assert by_reference(ak.Array([[1]]), np.array([0]), identities).tolist() == [[NOWHERE]]


def test_rows_are_grouped_by_their_jet_in_the_files_order():
    assert grouped(np.array([2, 0, NOWHERE, 2, 0]), 4).tolist() == [[1, 4], [], [0, 3], []]


@pytest.mark.parametrize("jets", [0, 2])
def test_no_rows_give_every_jet_an_empty_list(jets):
    assert grouped(np.array([], np.int64), jets).tolist() == [[]] * jets


def test_values_are_taken_at_positions():
    column = ak.Array([[1.0, 2.0], [], [3.0]])
    assert take(column, ak.Array([[2, 0], [], [1]])).tolist() == [[3, 1], [], [2]]


def test_a_constituent_must_exist_in_every_collection():
    reached = existing({"table": ak.Array([[0, 1], [2]]), "particles": ak.Array([[5, NOWHERE], [NOWHERE]])})
    assert {name: positions.tolist() for name, positions in reached.items()} == {
        "table": [[0], []],
        "particles": [[5], []],
    }


def test_links_and_those_that_dangle_are_counted():
    tally = Tally()
    tally.count("tracks", 10, 7)
    tally.count("tracks", 5, 5)
    tally.count("clusters", 2, 2)
    assert dict(tally.links) == {"tracks": 15, "clusters": 2}
    assert dict(tally.dangling) == {"tracks": 3, "clusters": 0}
