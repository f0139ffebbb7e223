"""A draft of a file of each layout is a card that ingest runs with."""

import re

import awkward as ak
import pytest
import yaml

from tagwerk.cards.dataset import Dataset
from tagwerk.drafts.make import draft_of
from tests.conftest import run
from tests.drafts import files

# Layout, the file, its sequence, and the classes with the number of jets that ingest finds of each.
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
    "hdf5-mask": (files.plain("mask"), "hdf5", "constituents", {"background": 30, "signal": 30}),
    "hdf5-counts": (files.plain("counts"), "hdf5", "constituents", {"background": 30, "signal": 30}),
    "hdf5-offsets": (files.plain("offsets"), "hdf5", "constituents", {"background": 30, "signal": 30}),
    "hdf5-arrays": (files.h5_arrays, "hdf5", "constituents", {"background": 30, "signal": 30}),
    "hdf5-links": (files.links, "hdf5", "constituents", {"background": 30, "signal": 30}),
    "hdf5-zeros": (files.zeros, "hdf5", "constituents", {"truth_label_0": 30, "truth_label_7": 30}),
}  # fmt: skip
REAL = {"nanoaod-real": files.NANO, "physlite": files.PHYSLITE, "delphes": files.DELPHES}


def case(name):
    absent = name in REAL and not REAL[name].exists()
    return pytest.param(name, marks=pytest.mark.skipif(absent, reason=f"there is no {REAL.get(name)}"))


def marked(text):
    """What is said on the lines that are marked, and at the top."""
    on_lines = re.findall(r"# CHECK: (.*)$", text, re.MULTILINE)
    return on_lines, re.findall(r"^# - [^:]+: (.*)$", text, re.MULTILINE)


@pytest.mark.parametrize("name", [case(name) for name in CASES])
def test_ingest_runs_with_the_draft(name, tmp_path):
    make, layout, sequence, classes = CASES[name]
    file, card, out = make(tmp_path), tmp_path / "card.yaml", tmp_path / "out"
    assert run("draft", file, card) == 0
    dataset = Dataset.load(card)
    assert (dataset.layout, list(dataset.sequences)) == (layout, [sequence])
    on_lines, above = marked(card.read_text(encoding="utf-8"))
    assert sorted(on_lines) == sorted(above)
    assert any(said.startswith("add the others; patterns such as data/*.") for said in on_lines)
    assert run("ingest", file, card, out) == 0
    records = ak.concatenate([ak.from_parquet(part) for part in sorted(out.glob("*.parquet"))])
    assert ak.count(records[sequence].pt) > 0
    if classes is not None:
        found = {each.name: int(ak.sum(records.label == at)) for at, each in enumerate(dataset.classes)}
        assert found == classes


def values(text):
    return yaml.safe_load(text)


def test_the_jets_of_rntuples_are_those_of_trees(tmp_path):
    (tmp_path / "other").mkdir()
    one, other = draft_of(files.tree(tmp_path)), draft_of(files.rntuple(tmp_path / "other"))
    assert one == other.replace("other/", "")


def test_the_truth_is_no_variable_of_a_jet(tmp_path):
    assert "extra" not in values(draft_of(files.tree(tmp_path)))["jet"]


def test_what_is_no_number_is_left_out_and_said(tmp_path):
    text = draft_of(files.one_hot(tmp_path))
    assert values(text)["sequences"]["constituents"]["extra"] == {"charge": "part_charge", "d0": "part_d0val"}
    assert "left out, as values are no numbers: part_d0err" in text


def test_units_follow_from_the_median(tmp_path):
    text = draft_of(files.ftag(tmp_path))
    assert values(text)["momentum_unit"] == "MeV"
    assert re.search(r"# median pT 1\d\d,\d{3}: taken as MeV", text)


def test_where_no_label_is_found_classes_have_files(tmp_path):
    file = files.tree(tmp_path, is_wide=None)
    text = draft_of(file)
    background, signal = values(text)["classes"]
    assert background["files"] == [str(file)]
    assert signal["files"] == [str(tmp_path / "signal_*.root")]
    assert marked(text)[0] == ["what are these jets?", "which files are of other jets?"]
    card = tmp_path / "card.yaml"
    card.write_text(text)
    assert run("ingest", file, card, tmp_path / "out") == 0


def test_what_is_alike_for_all_jets_may_be_a_label_and_is_no_variable(tmp_path):
    text = draft_of(files.tree(tmp_path, is_wide=files.np.ones(100, "i4")))
    assert "# alike for all jets here: is_wide (1)" in text
    assert "extra" not in values(text)["jet"]


def test_without_a_number_of_the_event_it_is_file_and_row(tmp_path):
    assert values(draft_of(files.one_hot(tmp_path)))["event"] == ["file", "row"]


def test_events_counted_from_zero_are_told_apart_by_the_file(tmp_path):
    assert values(draft_of(files.tree(tmp_path)))["event"] == ["file", "event"]
    toy = files.toy_branches(0, 100)
    assert values(draft_of(files.tree(tmp_path, event=toy["event"] + 1000)))["event"] == ["event"]
    assert values(draft_of(files.tree(tmp_path, event=toy["event"] * 0)))["event"] == ["file", "row"]


def test_without_a_momentum_of_its_own_the_jet_is_the_sum(tmp_path):
    text = draft_of(files.tree(tmp_path, jet_pt=None))
    assert "jet" not in values(text)
    assert "without the key 'jet' the jet is the sum" in text


def test_where_only_zeros_tell_padding_that_is_marked(tmp_path):
    text = draft_of(files.zeros(tmp_path))
    assert values(text)["sequences"]["constituents"]["link"] == {"mask": "particles/energy"}
    assert "no mask or counts found: where the energy or pT is 0 is padding" in marked(text)[0]


def test_a_name_that_needs_quotes_is_the_same_after_loading(tmp_path):
    folder = tmp_path / "a: [b] #c"
    folder.mkdir()
    file = files.tree(folder)
    card = tmp_path / "card.yaml"
    card.write_text(draft_of(file))
    assert list(Dataset.load(card).parts().values()) == [file]


@pytest.mark.skipif(not files.NANO.exists(), reason=f"there is no {files.NANO}")
def test_large_jets_come_first_and_the_option_takes_others():
    best, taus = draft_of(files.NANO), draft_of(files.NANO, "Tau")
    assert (values(best)["jets"], values(taus)["jets"]) == ("FatJet", "Tau")
    assert "# FatJet has 37.1 constituents a jet; --jets takes other jets instead: Tau (3.8), Jet (0.2)" in best
    assert "# Tau_genPartFlav: 0 (176)" in taus
    assert "no such jet in the file's first rows" in marked(taus)[0]


@pytest.mark.skipif(not files.PHYSLITE.exists(), reason=f"there is no {files.PHYSLITE}")
def test_links_that_dangle_are_marked():
    assert "1,608 of 1,787 links lead to nothing" in marked(draft_of(files.PHYSLITE, "AnalysisTauJetsAuxDyn"))[0]


@pytest.mark.skipif(not files.DELPHES.exists(), reason=f"there is no {files.DELPHES}")
def test_references_are_followed_to_the_fewest_collections_that_hold_them():
    link = values(draft_of(files.DELPHES))["sequences"]["constituents"]["link"]
    assert link["collections"] == "EFlowTrack EFlowPhoton EFlowNeutralHadron"
    link = values(draft_of(files.DELPHES, "GenJet"))["sequences"]["constituents"]["link"]
    assert link["collections"] == "Particle"


@pytest.mark.skipif(not files.PHYSLITE.exists(), reason=f"there is no {files.PHYSLITE}")
def test_the_jets_asked_for_are_drafted_with_their_own_label():
    text = draft_of(files.PHYSLITE, "AnalysisTauJetsAuxDyn")
    assert "IsTruthMatched: 0 (34), 1 (109)" in text
    assert values(text)["sequences"]["constituents"]["link"]["constituent"] == "TauTracksAuxDyn.trackLinks"
