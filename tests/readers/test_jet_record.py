import awkward as ak
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tagwerk.cards.dataset import Dataset
from tagwerk.errors import UserError
from tagwerk.readers.jet_record import jets_of, ordered, with_substructure
from tests.conftest import DATASET, changed, jet_records

PLAIN = changed(DATASET, "substructure", [])


def dataset(**changes):
    card = PLAIN
    for key, value in changes.items():
        card = changed(card, key.replace("__", "."), value)
    return Dataset.model_validate(card)


def branches(pts, wide, jet_pt=None):
    """Branches of jets with constituents of these pT, whose charge is the index of their jet."""
    number = np.arange(len(pts))
    pt = ak.unflatten(np.array([value for jet in pts for value in jet], np.float64), [len(jet) for jet in pts])
    values = {"event": number + 1000, "is_wide": np.array(wide, int), "c_pt": pt, "c_energy": 2 * pt}
    values |= {"c_eta": 0 * pt, "c_phi": 0 * pt, "c_charge": 0 * pt + number}
    jet_pt = 100.0 + number if jet_pt is None else np.array(jet_pt)
    return ak.zip(
        values | {"jet_pt": jet_pt, "jet_eta": 0.0 * number, "jet_phi": 0.0 * number, "jet_mass": 0.0 * number},
        depth_limit=1,
    )


JETS = st.lists(
    st.tuples(st.lists(st.floats(0, 100, width=32), max_size=6), st.integers(-1, 1), st.floats(0, 100)),
    min_size=1,
    max_size=12,
)


@given(JETS, st.integers(1, 7))
def test_a_constituent_stays_with_its_jet_through_selection(jets, max_length):
    pts, wide, jet_pt = zip(*jets, strict=True)
    card = dataset(selection="jet_pt > 50", sequences__constituents__max_length=max_length)
    records = jet_records(branches(list(pts), wide, jet_pt), card, "toy")
    kept = [number for number in range(len(jets)) if jet_pt[number] > 50 and wide[number] >= 0]
    assert records.event.tolist() == [1000 + number for number in kept]
    assert records.label.tolist() == [wide[number] for number in kept]
    assert records.constituents.pt.tolist() == [sorted(pts[number], reverse=True)[:max_length] for number in kept]
    assert ak.all(records.constituents.charge == records.event - 1000)
    assert ak.all(records.constituents.energy == 2 * records.constituents.pt)


def test_constituents_are_selected_by_their_distance_to_the_jet_across_the_edge_of_phi():
    table = branches([[5, 4, 3], [2]], [1, 0])
    table["jet_phi"], table["jet_eta"] = np.array([3.1, 0.0]), np.array([1.0, 0.0])
    table["c_phi"] = ak.Array([[-3.1, 3.1, 2.0], [0.0]])
    table["c_eta"] = ak.Array([[1.0, 1.25, 1.0], [0.1]])
    card = dataset(sequences__constituents__selection="delta_r < 0.2 and energy > 4")
    assert jet_records(table, card, "toy").constituents.pt.tolist() == [[5], []]


def test_records_have_the_documented_fields_and_types():
    records = jet_records(branches([[1, 3], []], [1, 0]), dataset(), "part_7")
    assert records.fields == ["event", "source", "label", "weight", "jet", "constituents"]
    assert records.jet.fields == ["pt", "eta", "phi", "mass"]
    assert records.constituents.fields == ["pt", "eta", "phi", "energy", "charge"]
    assert records.source.tolist() == ["part_7", "part_7"]
    assert records.weight.tolist() == [1, 1]
    kinds = {name: ak.to_numpy(records[name]).dtype for name in ("event", "label", "weight")}
    assert kinds == {"event": np.uint64, "label": np.int64, "weight": np.float32}


def test_labels_follow_the_order_of_the_card():
    both = DATASET["classes"]
    assert jet_records(branches([[1], [2]], [1, 0]), dataset(), "x").label.tolist() == [1, 0]
    assert jet_records(branches([[1], [2]], [1, 0]), dataset(classes=both[::-1]), "x").label.tolist() == [0, 1]


def test_truncation_keeps_the_hardest():
    records = jet_records(branches([[1, 5, 3, 4]], [0]), dataset(sequences__constituents__max_length=2), "x")
    assert records.constituents.pt.tolist() == [[5, 4]]


def test_truth_is_a_variable_of_the_constituents():
    card = dataset(sequences__constituents__truth="c_charge")
    assert jet_records(branches([[1], [2, 3]], [0, 1]), card, "x").constituents.truth.tolist() == [[0], [1, 1]]


def test_substructure_is_of_the_jets_own_constituents():
    card = dataset(substructure=["multiplicity"], selection="jet_pt > 100")
    assert jet_records(branches([[1], [2, 3], []], [0, 1, 1]), card, "x").jet.multiplicity.tolist() == [2, 0]


def test_no_selected_jets_give_records_of_the_same_type():
    full = jet_records(branches([[1], [2]], [0, 1]), dataset(substructure=["tau21"]), "x")
    empty = jet_records(branches([[1], [2]], [-1, -1]), dataset(substructure=["tau21"]), "x")
    assert len(empty) == 0
    assert str(empty.type.content) == str(full.type.content)


def test_a_jet_of_two_classes_is_refused_by_their_names():
    narrow, wide = DATASET["classes"]
    card = dataset(classes=[narrow | {"selection": "is_wide >= 0"}, wide])
    with pytest.raises(UserError, match="key 'classes': a jet belongs to the classes narrow and wide"):
        jet_records(branches([[1], [2]], [0, 1]), card, "x")


def test_a_class_may_take_all_other_jets():
    narrow, wide = DATASET["classes"]
    card = dataset(classes=[narrow | {"selection": "is_wide == 0"}, wide | {"selection": "not is_wide == 0"}])
    assert jet_records(branches([[1], [2]], [-1, 0]), card, "x").label.tolist() == [1, 0]


@pytest.mark.parametrize(
    ("key", "value", "branch"),
    [
        ("selection", "c_pt > 5", "c_pt"),
        ("classes", [DATASET["classes"][0], DATASET["classes"][1] | {"selection": "c_pt > 5"}], "c_pt"),
        ("jet.mass", "c_pt", "c_pt"),
        ("event", ["c_pt"], "c_pt"),
        ("sequences.constituents.energy", "jet_pt", "jet_pt"),
    ],
)
def test_a_branch_of_the_wrong_shape_is_refused_by_name(key, value, branch):
    with pytest.raises(UserError, match=branch):
        jet_records(branches([[1, 9], [2]], [0, 1]), Dataset.model_validate(changed(PLAIN, key, value)), "x")


def test_constituent_branches_of_unequal_length_are_refused_by_name():
    jets = ak.with_field(branches([[1, 9], [2]], [0, 1]), ak.Array([[1.0], [2.0]]), "c_charge")
    with pytest.raises(UserError, match="c_charge"):
        jet_records(jets, dataset(), "x")


def test_substructure_is_added_to_the_jet_and_nothing_else_changes():
    before = ordered(jets_of(branches([[1, 3], [2]], [0, 1]), dataset(), "x"), dataset())
    after = with_substructure(before, dataset(substructure=["pt_dispersion", "multiplicity"]))
    assert [*after.jet] == [*before.jet, "pt_dispersion", "multiplicity"]
    assert after.jet["multiplicity"].tolist() == [2, 1]
    assert {after.jet[name].dtype for name in ("pt_dispersion", "multiplicity")} == {np.dtype("float32")}
    assert all(after.jet[name] is before.jet[name] for name in before.jet)
    assert after.sequences is before.sequences
