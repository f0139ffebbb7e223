import awkward as ak
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tagwerk.readers.links import NOWHERE, Tally, drop_dangling, group_by_jet, resolve_indices, resolve_references, take

_INDICES = st.lists(st.tuples(st.integers(0, 4), st.lists(st.integers(-2, 6), max_size=5)), min_size=1, max_size=6)


def test_an_index_leads_to_its_own_events_collection():
    index = ak.Array([[1, 0], [], [0]])
    assert resolve_indices(index, ak.Array([2, 5, 1])).tolist() == [[1, 0], [], [7]]


def test_an_index_outside_its_events_collection_leads_nowhere():
    index = ak.Array([[-1, 2, 1], [0]])
    assert resolve_indices(index, ak.Array([2, 0])).tolist() == [[NOWHERE, NOWHERE, 1], [NOWHERE]]


def test_nested_and_unsigned_indices_keep_their_shape():
    index = ak.values_astype(ak.Array([[[0], [2, 1]], [[0, 2**32 - 1]]]), np.uint32)
    assert resolve_indices(index, ak.Array([3, 1])).tolist() == [[[0], [2, 1]], [[3, NOWHERE]]]


@given(_INDICES)
def test_positions_are_those_of_a_loop(events):
    sizes = [size for size, _ in events]
    expected = [
        [sum(sizes[:row]) + each if 0 <= each < size else NOWHERE for each in index]
        for row, (size, index) in enumerate(events)
    ]
    index = ak.values_astype(ak.Array([index for _, index in events]), np.int64)
    assert resolve_indices(index, ak.Array(sizes)).tolist() == expected


def test_a_reference_is_found_in_its_own_event_only():
    unique_ids = ak.Array([[30, 10, 20], [10]])
    references = ak.Array([[20, 10], [40], [10, 30]])
    assert resolve_references(references, np.array([0, 0, 1]), unique_ids).tolist() == [[2, 1], [NOWHERE], [3, NOWHERE]]


def test_of_duplicate_ids_the_first_is_used_and_the_process_number_is_ignored():
    unique_ids = ak.Array([[7, 7 + (3 << 24), 8]])
    assert resolve_references(ak.Array([[7 + (1 << 24), 8]]), np.array([0]), unique_ids).tolist() == [[0, 2]]


def test_references_into_an_empty_collection_lead_nowhere():
    unique_ids = ak.Array([[1], []])[1:]
    assert resolve_references(ak.Array([[1]]), np.array([0]), unique_ids).tolist() == [[NOWHERE]]


def test_rows_are_grouped_by_their_jet_in_the_files_order():
    assert group_by_jet(np.array([2, 0, NOWHERE, 2, 0]), 4).tolist() == [[1, 4], [], [0, 3], []]


@pytest.mark.parametrize("jets", [0, 2])
def test_no_rows_give_every_jet_an_empty_list(jets):
    assert group_by_jet(np.array([], np.int64), jets).tolist() == [[]] * jets


def test_values_are_taken_at_positions():
    column = ak.Array([[1.0, 2.0], [], [3.0]])
    assert take(column, ak.Array([[2, 0], [], [1]])).tolist() == [[3, 1], [], [2]]


def test_a_constituent_must_exist_in_every_collection():
    reached = drop_dangling({"table": ak.Array([[0, 1], [2]]), "particles": ak.Array([[5, NOWHERE], [NOWHERE]])})
    assert {name: positions.tolist() for name, positions in reached.items()} == {
        "table": [[0], []],
        "particles": [[5], []],
    }


def test_links_and_dangling_links_are_counted():
    tally = Tally()
    tally.count_links("tracks", 10, 7)
    tally.count_links("tracks", 5, 5)
    tally.count_links("clusters", 2, 2)
    assert dict(tally.links) == {"tracks": 15, "clusters": 2}
    assert dict(tally.dangling) == {"tracks": 3, "clusters": 0}
