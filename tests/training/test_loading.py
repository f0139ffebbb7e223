import awkward as ak
import numpy as np
import pytest

from tagwerk.cards.input_columns import schema_of
from tagwerk.cards.tagger import Inputs
from tagwerk.errors import UserError
from tagwerk.records.store import read_records
from tagwerk.training.loading import load_jets
from tests.training.conftest import load, task


def test_jets_of_all_parts_are_concatenated(toy):
    records = ak.concatenate([read_records(part, "test") for part in toy.parts])
    jets = load(toy, "test")
    assert jets.records.event.tolist() == records.event.tolist()
    assert set(jets.records.source.tolist()) == {"toy_0", "toy_1"}
    assert jets.label.tolist() == records.label.tolist()
    assert jets.lengths().tolist() == ak.num(records.constituents).tolist()
    for name, column in jets.table().items():
        assert column.tolist() == records.jet[name].tolist()


def test_inputs_are_of_the_rows_asked_for(toy):
    records = ak.concatenate([read_records(part, "test") for part in toy.parts])
    rows = np.array([9, 2, 30])
    inputs = load(toy, "test").inputs(rows, 15)
    assert list(inputs) == ["jet", "constituents", "constituents_mask"]
    for jet, row in enumerate(rows):
        real = inputs["constituents"][jet][inputs["constituents_mask"][jet]]
        for column, field in enumerate(["pt", "eta", "phi", "energy", "charge"]):
            assert real[:, column].tolist() == records.constituents[field][row].tolist()


def test_boosted_trees_load_no_constituents_and_have_no_length(toy):
    jets = load(toy, "test", "boosted_trees")
    assert jets.sequences == {}
    assert not jets.lengths().any()


def test_merges_have_momenta_that_are_not_in_the_records(toy):
    tree = "constituents_cambridge_aachen"
    records = ak.concatenate([read_records(part, "test") for part in toy.parts])
    dataset, features = toy.load()[0], Inputs(trees={tree: ["log_pt"]})
    jets = load_jets(toy.parts, ["test"], schema_of(dataset, features))
    row = int(ak.argmax(ak.num(records[tree])))
    inputs = jets.inputs(np.array([row]), 15)
    assert list(inputs) == ["jet", "constituents", "constituents_mask", tree, f"{tree}_mask"]
    assert inputs["constituents"].shape == (1, 15, 4)
    merges = inputs[tree][0][inputs[f"{tree}_mask"][0]]
    assert merges[:, 0].tolist() == records[tree].harder[row].tolist()
    assert merges[:, 1].tolist() == records[tree].softer[row].tolist()
    pt, eta, phi, energy = (ak.to_numpy(records.constituents[name][row]) for name in ("pt", "eta", "phi", "energy"))
    px, py, pz = (pt * np.cos(phi)).sum(), (pt * np.sin(phi)).sum(), (pt * np.sinh(eta)).sum()
    root = [np.hypot(px, py), np.arcsinh(pz / np.hypot(px, py)), np.arctan2(py, px), energy.sum()]
    np.testing.assert_allclose(merges[-1, 2:], root, rtol=1e-4)
    assert jets.lengths().tolist() == ak.num(records.constituents).tolist()


def test_an_unknown_split_is_refused_by_name(toy):
    with pytest.raises(UserError, match=r"tset\.parquet"):
        load_jets(toy.parts, ["tset"], task(toy).schema)
