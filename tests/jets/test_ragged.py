import awkward as ak
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tagwerk.jets.ragged import Ragged
from tests.conftest import jets

NO_LIMIT = 1000


def columns_of(lists):
    return Ragged.of_lists(lists, lists.fields)


def all_jets(columns):
    return np.arange(len(columns.counts))


def by_pt(columns, max_length=NO_LIMIT, jets=None):
    return columns.ordered(columns.values["pt"], max_length, all_jets(columns) if jets is None else jets)


@given(jets())
def test_lists_have_the_values_of_the_columns(jets):
    assert columns_of(jets.constituents).lists().tolist() == jets.constituents.tolist()


def test_three_jets_by_hand():
    columns = Ragged({"pt": np.array([3, 2, 1]), "phi": np.array([0.5, 0, -1])}, np.array([2, 0, 1]))
    assert columns.offsets.tolist() == [0, 2, 2, 3]
    assert columns.starts.tolist() == [0, 2, 2]
    assert columns.jet_index.tolist() == [0, 0, 2]
    assert columns.matrix(["phi", "pt"]).tolist() == [[0.5, 3], [0, 2], [-1, 1]]
    assert columns.matrix(["pt"]).dtype == np.float32


@given(jets())
def test_ordering_permutes_into_descending_pt(jets):
    ordered = by_pt(columns_of(jets.constituents)).lists()
    assert ak.all(ordered.pt[:, :-1] >= ordered.pt[:, 1:])
    for before, after in zip(jets.constituents.tolist(), ordered.tolist(), strict=True):
        assert sorted(map(str, after)) == sorted(map(str, before))


@given(jets())
def test_ordering_is_idempotent(jets):
    once = by_pt(columns_of(jets.constituents))
    assert by_pt(once).lists().tolist() == once.lists().tolist()


@given(jets(), st.integers(1, 9), st.data())
def test_ordering_cutting_and_taking_together_agree_with_a_plain_loop(jets, max_length, data):
    columns = columns_of(jets.constituents)
    chosen = np.array(data.draw(st.lists(st.sampled_from(range(len(jets))), max_size=8)), np.int64)
    lists = jets.constituents.tolist()
    expected = [sorted(lists[jet], key=lambda constituent: -constituent["pt"])[:max_length] for jet in chosen]
    assert by_pt(columns, max_length, chosen).lists().tolist() == expected


@given(jets(), st.data())
def test_taking_jets_and_keeping_constituents_agree_with_awkward(jets, data):
    columns = columns_of(jets.constituents)
    chosen = np.array(data.draw(st.lists(st.sampled_from(range(len(jets))), max_size=8)), np.int64)
    assert columns.take(chosen).lists().tolist() == jets.constituents[chosen].tolist()
    assert columns.head(2).lists().tolist() == jets.constituents[:2].tolist()
    central = np.abs(columns.values["eta"]) < 1
    assert columns.keep(central).lists().tolist() == jets.constituents[abs(jets.constituents.eta) < 1].tolist()
    assert columns.jets_with(central).tolist() == ak.any(abs(jets.constituents.eta) < 1, axis=1).tolist()


def test_ties_keep_their_order():
    columns = Ragged({"pt": np.arange(200) % 2, "number": np.arange(200)}, np.array([200]))
    assert by_pt(columns).values["number"].tolist() == [*range(1, 200, 2), *range(0, 200, 2)]


def test_any_key_can_define_the_order():
    columns = Ragged({"pt": np.array([3, 1, 2, 9]), "d0": np.array([0.1, -0.3, 0.2, 0])}, np.array([3, 0, 1]))
    ordered = columns.ordered(np.abs(columns.values["d0"]), NO_LIMIT, all_jets(columns))
    assert ordered.lists().pt.tolist() == [[1, 2, 3], [], [9]]


@pytest.mark.parametrize(
    ("mask", "jets"), [("1000", [True, False, False, False]), ("0110", [True, False, True, False])]
)
def test_empty_jets_are_never_among_those_with_a_constituent(mask, jets):
    columns = Ragged({"pt": np.ones(4)}, np.array([2, 0, 2, 0]))
    assert columns.jets_with(np.array(list(mask)) == "1").tolist() == jets
