"""Padding, masks and counts in files: no record contains padding."""

import awkward as ak
import numpy as np
import pytest
import uproot
import yaml

from tagwerk.drafts.make import draft_card
from tests.conftest import run
from tests.drafts import files
from tests.drafts.cards import LISTS, TOY, WIDTH, card_of, padded, records, tree_of
from tests.readers.layouts import test_ftag, test_hdf5


@pytest.mark.parametrize("value", [0.0, -999.0, -1.0, np.nan])
@pytest.mark.parametrize("kind", ["vector", "fixed", "std::array"])
def test_padding_in_root_is_excluded_by_the_drafted_selection(kind, value, tmp_path):
    lists = {name: padded(name, value) for name in LISTS}
    if kind == "vector":
        lists = {name: ak.from_regular(ak.Array(values)) for name, values in lists.items()}
    if kind == "std::array":
        file = tmp_path / "toy.root"
        with uproot.recreate(file) as opened:
            opened.mkrntuple("jets", {name: array for name, array in (TOY | lists).items() if name != "c_charge"})
    else:
        file = tree_of(tmp_path, c_charge=None, **lists)
    card, drafted, _, text = card_of(file, tmp_path)
    assert drafted["sequences"]["constituents"]["selection"] == "pt > 0"
    assert f"of {100 * WIDTH:,} slots hold no constituent (pt = " in text
    assert ak.num(records(file, card, tmp_path / "out").constituents.pt).to_list() != [WIDTH] * 100
    assert int(ak.count(records(file, card, tmp_path / "out").constituents.pt)) == ak.count(TOY["c_pt"])


@pytest.mark.parametrize("stale", [True, False])
def test_values_beyond_the_constituent_count_in_fixed_size_arrays_are_marked(stale, tmp_path):
    counts = np.minimum(ak.num(TOY["c_pt"]).to_numpy(), WIDTH).astype("i4")
    lists = {name: padded(name, 1 if stale else 0) for name in LISTS}
    _, _, marks, _ = card_of(tree_of(tmp_path, c_charge=None, n_part=counts, **lists), tmp_path)
    assert any("n_part is smaller than their number" in mark for mark in marks) == stale


@pytest.mark.parametrize("value", [-999.0, np.nan])
def test_a_jet_summed_from_its_constituents_excludes_padding(value, tmp_path):
    lists = {name: padded(name, value) for name in LISTS}
    card, drafted, _, _ = card_of(tree_of(tmp_path, c_charge=None, jet_pt=None, **lists), tmp_path)
    assert "jet" not in drafted
    jets = records(tmp_path / "toy.root", card, tmp_path / "out")
    assert (jets.jet.pt <= ak.sum(jets.constituents.pt, axis=1) + 0.1).to_numpy().all()


@pytest.mark.skipif(
    not (files.DATA / "delphes/delphes_puppi_21_jets.root").exists(), reason="delphes_puppi_21_jets.root is missing"
)
def test_constituents_removed_by_puppi_are_excluded():
    text = draft_card(files.DATA / "delphes/delphes_puppi_21_jets.root", "JetPUPPIAK15")
    assert yaml.safe_load(text)["sequences"]["constituents"]["selection"] == "pt > 0"
    assert "233 of 1,219 slots hold no constituent (pt = 0 (233))" in text
    assert "PID" not in text.partition("sequences:")[2].partition("constituents:")[2]
    assert [each["name"] for each in yaml.safe_load(text)["classes"]] == ["background", "signal"]


@pytest.mark.parametrize("link", ["mask", "counts"])
def test_inverted_masks_and_wrong_counts_in_hdf5_are_not_used(link, tmp_path):
    counts = ak.num(TOY["c_pt"]).to_numpy()[:60]
    wrong = {"mask": ~(np.arange(test_hdf5.SLOTS) < np.asarray(ak.num(test_hdf5.TOY["c_pt"]))[:, None])}
    if link == "counts":
        wrong = {"mask": None, "count": None, "jet_nbhadrons": (counts > 7).astype("i4") + 1}
    else:
        wrong |= {"count": None}
    file = test_hdf5.write(tmp_path / "plain.h5", link, **wrong)
    card, drafted, marks, _ = card_of(file, tmp_path)
    constituents = drafted["sequences"]["constituents"]
    assert (constituents["link"], constituents["selection"]) == ({"mask": "constituent_energy"}, "pt > 0")
    assert any(("inverted" if link == "mask" else "no mask or counts found") in mark for mark in marks)
    pt = records(file, card, tmp_path / "out").constituents.pt
    assert ak.count(pt) == ak.count(test_hdf5.TOY["c_pt"])


def test_an_inverted_mask_of_tracks_is_not_used(tmp_path):
    jets, tracks = test_ftag.arrays()
    real = int(tracks["valid"].sum())
    tracks["valid"] = ~tracks["valid"]
    file = test_ftag.write(tmp_path / "ftag.h5", jets, tracks)
    card, _, marks, _ = card_of(file, tmp_path)
    assert any("inverted" in mark for mark in marks)
    out = tmp_path / "out"
    assert run("ingest", card, file, "--out", out) == 0
    jets = ak.concatenate([ak.from_parquet(part) for part in sorted(out.glob("*.parquet"))])
    assert 0 < ak.count(jets.constituents.pt) <= real
