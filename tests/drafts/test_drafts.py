"""The draft for a file of each layout is a card that ingest can run with."""

import re

import awkward as ak
import pytest
import yaml

from tagwerk.cards.dataset import Dataset
from tagwerk.drafts.make import draft_card
from tests.conftest import run
from tests.drafts import files

# The file, its layout and sequence, and the number of jets per class that ingest finds.
CASES = {
    "jets": (files.tree, "jets", "constituents", {"not_wide": 50, "wide": 50}),
    "jets-rntuple": (files.rntuple, "jets", "constituents", {"not_wide": 50, "wide": 50}),
    "jets-one_hot": (files.one_hot, "jets", "constituents", {"QCD": 34, "Hbb": 33, "Tbqq": 33}),
    "nanoaod": (files.nanoaod, "nanoaod", "constituents", {"light": 50, "c": 0, "b": 50}),
    "nanoaod-pfnano": (files.pfnano, "nanoaod", "constituents", {"light": 50, "c": 0, "b": 50}),
    "nanoaod-real": (files.real(files.NANO), "nanoaod", "constituents", {"light": 21, "c": 10, "b": 33}),
    "physlite": (files.real(files.PHYSLITE), "physlite", "constituents", {"unmatched": 34, "matched": 109}),
    "delphes": (files.real(files.DELPHES), "delphes", "constituents", {"light": 25, "c": 5, "b": 24}),
    "pytables": (files.pytables, "pytables", "constituents", {"background": 25, "signal": 25}),
    "ftag": (files.ftag, "ftag", "constituents", None),
    "energyflow": (files.energyflow, "energyflow", "constituents", None),
    "hdf5-mask": (files.plain_hdf5("mask"), "hdf5", "constituents", {"background": 30, "signal": 30}),
    "hdf5-counts": (files.plain_hdf5("counts"), "hdf5", "constituents", {"background": 30, "signal": 30}),
    "hdf5-offsets": (files.plain_hdf5("offsets"), "hdf5", "constituents", {"background": 30, "signal": 30}),
    "hdf5-arrays": (files.h5_arrays, "hdf5", "constituents", {"background": 30, "signal": 30}),
    "hdf5-links": (files.links, "hdf5", "constituents", {"background": 30, "signal": 30}),
    "hdf5-zeros": (files.zeros, "hdf5", "constituents", {"truth_label_0": 30, "truth_label_7": 30}),
}  # fmt: skip
REAL = {"nanoaod-real": files.NANO, "physlite": files.PHYSLITE, "delphes": files.DELPHES}


def case(name):
    absent = name in REAL and not REAL[name].exists()
    return pytest.param(name, marks=pytest.mark.skipif(absent, reason=f"{REAL.get(name)} is missing"))


def marked(text):
    """The texts of the CHECK marks, on their lines and at the top of the card."""
    on_lines = re.findall(r"# CHECK: (.*)$", text, re.MULTILINE)
    return on_lines, re.findall(r"^# - [^:]+: (.*)$", text, re.MULTILINE)


@pytest.mark.parametrize("name", [case(name) for name in CASES])
def test_ingest_runs_with_the_draft(name, tmp_path):
    make, layout, sequence, classes = CASES[name]
    file, card, out = make(tmp_path), tmp_path / "card.yaml", tmp_path / "out"
    assert run("draft", file, "--out", card) == 0
    dataset = Dataset.load(card)
    assert (dataset.layout, list(dataset.sequences)) == (layout, [sequence])
    on_lines, at_top = marked(card.read_text(encoding="utf-8"))
    assert sorted(on_lines) == sorted(at_top)
    assert any(text.startswith("add the others; patterns such as data/*.") for text in on_lines)
    assert run("ingest", card, file, "--out", out) == 0
    records = ak.concatenate([ak.from_parquet(part) for part in sorted(out.glob("*.parquet"))])
    assert ak.count(records[sequence].pt) > 0
    if classes is not None:
        counts = {each.name: int(ak.sum(records.label == index)) for index, each in enumerate(dataset.classes)}
        assert counts == classes


def values(text):
    return yaml.safe_load(text)


def test_an_rntuple_has_the_same_draft_as_a_tree(tmp_path):
    (tmp_path / "other").mkdir()
    tree, rntuple = draft_card(files.tree(tmp_path)), draft_card(files.rntuple(tmp_path / "other"))
    assert tree == rntuple.replace("other/", "")


def test_truth_is_not_a_jet_variable(tmp_path):
    assert "extra" not in values(draft_card(files.tree(tmp_path)))["jet"]


def test_nan_values_are_left_out_with_a_comment(tmp_path):
    text = draft_card(files.one_hot(tmp_path))
    assert values(text)["sequences"]["constituents"]["extra"] == {"charge": "part_charge", "d0": "part_d0val"}
    assert "left out (NaN or infinite values): part_d0err" in text


def test_the_momentum_unit_follows_from_the_median_pt(tmp_path):
    text = draft_card(files.ftag(tmp_path))
    assert values(text)["momentum_unit"] == "MeV"
    assert re.search(r"# median pT 1\d\d,\d{3}: taken as MeV", text)


def test_without_a_label_classes_have_files(tmp_path):
    file = files.tree(tmp_path, is_wide=None)
    text = draft_card(file)
    background, signal = values(text)["classes"]
    assert background["files"] == [str(file)]
    assert signal["files"] == [str(tmp_path / "signal_*.root")]
    assert marked(text)[0] == ["what are these jets?", "which files contain the other jets?"]
    card = tmp_path / "card.yaml"
    card.write_text(text)
    assert run("ingest", card, file, "--out", tmp_path / "out") == 0


def test_a_constant_may_be_a_label_and_is_not_a_variable(tmp_path):
    text = draft_card(files.tree(tmp_path, is_wide=files.np.ones(100, "i4")))
    assert "# the same for all jets here: is_wide (1)" in text
    assert "extra" not in values(text)["jet"]


def test_without_an_event_number_the_event_is_file_and_row(tmp_path):
    assert values(draft_card(files.one_hot(tmp_path)))["event"] == ["file", "row"]


def test_events_counted_from_zero_are_identified_with_their_file(tmp_path):
    assert values(draft_card(files.tree(tmp_path)))["event"] == ["file", "event"]
    toy = files.toy_branches(0, 100)
    assert values(draft_card(files.tree(tmp_path, event=toy["event"] + 1000)))["event"] == ["event"]
    assert values(draft_card(files.tree(tmp_path, event=toy["event"] * 0)))["event"] == ["file", "row"]


def test_without_a_momentum_of_its_own_the_jet_is_the_sum(tmp_path):
    text = draft_card(files.tree(tmp_path, jet_pt=None))
    assert "jet" not in values(text)
    assert "without the key 'jet' the jet is the sum" in text


def test_padding_known_only_from_zeros_is_marked(tmp_path):
    text = draft_card(files.zeros(tmp_path))
    assert values(text)["sequences"]["constituents"]["link"] == {"mask": "particles/energy"}
    assert "no mask or counts found: slots whose energy or pT is 0 are taken as padding" in marked(text)[0]


def test_a_file_name_that_needs_quotes_survives_loading(tmp_path):
    folder = tmp_path / "a: [b] #c"
    folder.mkdir()
    file = files.tree(folder)
    card = tmp_path / "card.yaml"
    card.write_text(draft_card(file))
    assert list(Dataset.load(card).parts().values()) == [file]


@pytest.mark.skipif(not files.NANO.exists(), reason=f"{files.NANO} is missing")
def test_large_r_jets_come_first_and_the_option_selects_others():
    best, taus = draft_card(files.NANO), draft_card(files.NANO, "Tau")
    assert (values(best)["jets"], values(taus)["jets"]) == ("FatJet", "Tau")
    assert "# FatJet has 37.1 constituents per jet; --jets selects another collection: Tau (3.8), Jet (0.2)" in best
    assert "# Tau_genPartFlav: 0 (176)" in taus
    assert "no such jet in the file's first rows" in marked(taus)[0]


@pytest.mark.skipif(not files.PHYSLITE.exists(), reason=f"{files.PHYSLITE} is missing")
def test_dangling_links_are_marked():
    assert "1,608 of 1,787 links lead nowhere" in marked(draft_card(files.PHYSLITE, "AnalysisTauJetsAuxDyn"))[0]


@pytest.mark.skipif(not files.DELPHES.exists(), reason=f"{files.DELPHES} is missing")
def test_references_lead_to_the_fewest_collections_that_contain_them():
    link = values(draft_card(files.DELPHES))["sequences"]["constituents"]["link"]
    assert link["collections"] == "EFlowTrack EFlowPhoton EFlowNeutralHadron"
    link = values(draft_card(files.DELPHES, "GenJet"))["sequences"]["constituents"]["link"]
    assert link["collections"] == "Particle"


@pytest.mark.skipif(not files.PHYSLITE.exists(), reason=f"{files.PHYSLITE} is missing")
def test_the_wanted_jets_are_drafted_with_their_own_label():
    text = draft_card(files.PHYSLITE, "AnalysisTauJetsAuxDyn")
    assert "IsTruthMatched: 0 (34), 1 (109)" in text
    assert values(text)["sequences"]["constituents"]["link"]["constituent"] == "TauTracksAuxDyn.trackLinks"
