"""`tagwerk apply`: what it writes, what reads it, and what it refuses."""

import json
import shutil

import awkward as ak
import h5py
import numpy as np
import pandas as pd
import pytest
import uproot

import tagwerk as tw
from tests.conftest import run, toy_branches, write_root
from tests.readers.layouts.test_rntuple import columns, copy
from tests.scores.applied import NANO, boosted_trees
from tests.scores.peer import needs, run_peer

real = pytest.mark.skipif(not NANO.exists(), reason=f"there is no {NANO}")


@pytest.fixture(scope="module")
def nano_model(tmp_path_factory):
    """A tagger of the large-radius jets of a NanoAOD file."""
    if not NANO.exists():
        pytest.skip(f"there is no {NANO}")
    card, _ = columns("nanoaod_fatjets")
    model = tw.train(boosted_trees("mass", "width"), card, None, tw.read(card, NANO), name="trees-1")
    folder = tmp_path_factory.mktemp("nano") / "model"
    folder.mkdir()
    model.save(folder)
    return folder


@pytest.fixture
def model(toy_runs):
    return toy_runs / "boosted_trees/model"


@real
@pytest.mark.parametrize("options", [[], ["--rntuple"]])
def test_a_friend_of_nanoaod_is_aligned_event_by_event_and_jet_by_jet(nano_model, tmp_path, options):
    assert run("apply", nano_model, NANO, tmp_path / "friend.root", *options) == 0
    scores = uproot.open(tmp_path / "friend.root")["tagwerk"]
    events = uproot.open(NANO)["Events"]
    assert type(scores).__name__.endswith("RNTuple") == bool(options)
    assert scores.num_entries == events.num_entries
    # A user's one line:
    score = scores["FatJet_trees_1_p_b"].array()
    pt, index = events["FatJet_pt"].array(), events["FatJet_genJetAK8Idx"].array()
    assert ak.num(score).tolist() == ak.num(pt).tolist()
    selected = (pt > 170) & (abs(events["FatJet_eta"].array()) < 2.4) & (index >= 0)
    assert (~np.isnan(score)).tolist() == selected.tolist()
    found = tw.apply(nano_model, NANO)
    for name in found.fields:
        assert ak.array_equal(found[name], scores[name].array(), equal_nan=True)
    split = ak.flatten(scores["FatJet_trees_1_split"].array())
    assert {*split.tolist()} == {-1, 0, 1, 2}


@real
def test_an_rntuple_as_input_has_the_scores_of_the_ttree(nano_model, tmp_path):
    file = copy(NANO, "Events", columns("nanoaod_fatjets")[1], tmp_path / "nano.root")
    for source, name in ((file, "a.root"), (NANO, "b.root")):
        assert run("apply", nano_model, source, tmp_path / name) == 0
    one, other = (uproot.open(tmp_path / name)["tagwerk"].arrays() for name in ("a.root", "b.root"))
    assert ak.array_equal(one, other, equal_nan=True)


@real
@needs("coffea")
def test_coffea_reads_a_friend_of_nanoaod_in_one_line(nano_model, tmp_path):
    assert run("apply", nano_model, NANO, tmp_path / "friend.root") == 0
    found = run_peer("read_with_coffea", NANO, tmp_path / "friend.root", "trees_1_p_b")
    score = uproot.open(tmp_path / "friend.root")["tagwerk"]["FatJet_trees_1_p_b"].array()
    assert found["pt"] == uproot.open(NANO)["Events"]["FatJet_pt"].array()[score > 0.5].tolist()
    assert found["score"] == score[score > 0.5].tolist()


@real
@needs("ROOT")
def test_rdataframe_reads_a_friend_of_nanoaod_in_one_line(nano_model, tmp_path):
    assert run("apply", nano_model, NANO, tmp_path / "friend.root") == 0
    line = "FatJet_pt[FatJet_trees_1_p_b > 0.5]"
    found = run_peer("read_with_root", NANO, "Events", tmp_path / "friend.root", line)
    score = uproot.open(tmp_path / "friend.root")["tagwerk"]["FatJet_trees_1_p_b"].array()
    assert found["found"] == uproot.open(NANO)["Events"]["FatJet_pt"].array()[score > 0.5].tolist()
    names = ["FatJet_trees_1_p_b", "FatJet_trees_1_p_other", "FatJet_trees_1_split", "nFatJet"]
    assert found["names"] == names


@real
@needs("ROOT")
def test_root_reads_the_rntuple(nano_model, tmp_path):
    assert run("apply", nano_model, NANO, tmp_path / "friend.root", "--rntuple") == 0
    found = run_peer("read_rntuple_with_root", tmp_path / "friend.root", "FatJet_trees_1_p_b")
    expected = uproot.open(tmp_path / "friend.root")["tagwerk"]["FatJet_trees_1_p_b"].array().tolist()
    assert json.dumps(found) == json.dumps(expected)  # NaN included


@needs("ROOT")
def test_rdataframe_reads_a_friend_of_one_jet_per_entry(toy, model, tmp_path):
    assert run("apply", model, toy.files[0], tmp_path / "friend.root") == 0
    line = "boosted_trees_p_wide > 0.5 ? jet_pt : -1.f"
    found = run_peer("read_with_root", toy.files[0], "jets", tmp_path / "friend.root", line)
    score, pt = tw.apply(model, toy.files[0]).boosted_trees_p_wide, toy_branches(0, 100)["jet_pt"]
    assert found["found"] == pytest.approx(np.where(score > 0.5, pt, -1).tolist())


@pytest.mark.parametrize("options", [[], ["--rntuple"]])
def test_a_file_without_entries_has_a_friend_without_entries(model, tmp_path, options):
    file = write_root(tmp_path / "empty.root", toy_branches(0, 100) | {"event": np.empty(0, np.int64)})
    assert run("apply", model, file, tmp_path / "friend.root", *options) == 0
    tree = uproot.open(tmp_path / "friend.root")["tagwerk"]
    assert (tree.num_entries, len(tree.keys())) == (0, 3)
    for name in ("a.parquet", "a.h5"):
        assert run("apply", model, file, tmp_path / name) == 0
    assert len(pd.read_parquet(tmp_path / "a.parquet")) == len(h5py.File(tmp_path / "a.h5")["jets"]) == 0


def test_parquet_has_one_row_per_jet(toy, model, tmp_path):
    assert run("apply", model, toy.files[0], tmp_path / "jets.parquet") == 0
    table, jets = pd.read_parquet(tmp_path / "jets.parquet"), tw.read(toy.card, toy.files[0])
    assert table.columns.tolist() == [
        "entry", "event", "source", "label", "pt", "eta", "phi", "mass", "width", "p_narrow", "p_wide", "split",
    ]  # fmt: skip
    assert table["entry"].tolist() == list(range(100))
    for name in ("event", "label", "split"):
        assert table[name].tolist() == jets[name].tolist()
    for name in ("pt", "mass", "width"):
        assert table[name].tolist() == jets.jet[name].tolist()


@real
def test_parquet_numbers_the_jets_of_each_event(nano_model, tmp_path):
    assert run("apply", nano_model, NANO, tmp_path / "jets.parquet") == 0
    table, pt = pd.read_parquet(tmp_path / "jets.parquet"), uproot.open(NANO)["Events"]["FatJet_pt"].array()
    assert [pt[entry, jet] for entry, jet in zip(table["entry"], table["jet"], strict=True)] == table["pt"].tolist()


def test_the_name_of_the_tagger_may_be_another(toy, model, tmp_path):
    assert run("apply", model, toy.files[0], tmp_path / "a.root", "--name", "2nd try") == 0
    assert uproot.open(tmp_path / "a.root")["tagwerk"].keys() == [
        "t2nd_try_p_narrow",
        "t2nd_try_p_wide",
        "t2nd_try_split",
    ]
    assert run("apply", model, toy.files[0], tmp_path / "a.h5", "--name", "2nd try") == 0
    assert h5py.File(tmp_path / "a.h5")["jets"].dtype.names[0] == "t2nd_try_pnarrow"


def test_what_a_file_does_not_tell_is_said(model, tmp_path, capsys):
    branches = toy_branches(0, 60)
    with uproot.recreate(tmp_path / "data.root") as file:
        file.mktree(
            "jets", {name: "var * float32" if name[1] == "_" else each.dtype for name, each in branches.items()}
        )
        file["jets"].extend(branches)
    assert run("apply", model, tmp_path / "data.root", tmp_path / "known.parquet") == 0
    assert "tagwerk: " not in capsys.readouterr().err
    write_root(tmp_path / "toy.root", {name: each for name, each in branches.items() if name != "is_wide"})
    assert run("apply", model, tmp_path / "toy.root", tmp_path / "jets.parquet") == 0
    (line,) = (line for line in capsys.readouterr().err.splitlines() if line.startswith("tagwerk: "))
    assert line.startswith(
        f"tagwerk: {tmp_path}/toy.root: the class of each jet is not known: tree 'jets' has no branch"
    )
    assert "label" not in pd.read_parquet(tmp_path / "jets.parquet")


# Mistakes


def test_what_exists_is_not_overwritten(toy, model, tmp_path, failed):
    (tmp_path / "a.root").write_text("mine")
    line = f"tagwerk: {tmp_path}/a.root: already exists; choose another name or remove it"
    assert failed("apply", model, toy.files[0], tmp_path / "a.root") == line
    assert (tmp_path / "a.root").read_text() == "mine"


@pytest.mark.parametrize(
    ("out", "options", "line"),
    [
        ("a.csv", [], "the suffix decides what is written; give one of .root, .h5, .parquet"),
        ("a", [], "the suffix decides what is written; give one of .root, .h5, .parquet"),
        ("a.h5", ["--rntuple"], "--rntuple is for .root files; leave it out"),
    ],
)
def test_outputs_that_cannot_be_are_refused(toy, model, tmp_path, failed, out, options, line):
    assert failed("apply", model, toy.files[0], tmp_path / out, *options) == f"tagwerk: {tmp_path}/{out}: {line}"


@pytest.mark.parametrize("out", ["a.root", "a.h5", "a.parquet"])
def test_nothing_half_written_stays(model, tmp_path, failed, out):
    branches = toy_branches(0, 60)
    file = write_root(tmp_path / "mev.root", branches | {"jet_pt": 1000 * branches["jet_pt"]})
    line = failed("apply", model, file, tmp_path / out)
    assert line.startswith(f"tagwerk: {file}, dataset.yaml: error (units, jet.pt): the median jet has pT = ")
    assert [path.name for path in tmp_path.iterdir()] == ["mev.root"]


def test_a_missing_branch_is_named(toy_runs, tmp_path, failed):
    branches = {name: each for name, each in toy_branches(0, 60).items() if name != "c_charge"}
    file = write_root(tmp_path / "toy.root", branches)
    line = failed("apply", toy_runs / "lstm/model", file, tmp_path / "a.root")
    assert line.startswith(f"tagwerk: {file}: tree 'jets' has no branch 'c_charge'")


@pytest.mark.parametrize(
    ("file", "line"),
    [
        ("training.json", "training.json: no such file; run `tagwerk train` first; to use snakemake"),
        ("dataset.yaml", "dataset.yaml: no such file; run `tagwerk train` first; to use snakemake"),
        ("model.skops", ": its model cannot be read (model.skops is missing, damaged or edited); train it again"),
    ],
)
def test_an_incomplete_model_is_refused(toy, model, tmp_path, failed, file, line):
    folder = shutil.copytree(model, tmp_path / "model")
    (folder / file).unlink()
    message = failed("apply", folder, toy.files[0], tmp_path / "a.root")
    assert message.startswith(f"tagwerk: {folder}{line if line[0] == ':' else f'/{line}'}")
    assert not (tmp_path / "a.root").exists()


def test_an_edited_card_is_refused(toy, model, tmp_path, failed):
    folder = shutil.copytree(model, tmp_path / "model")
    with (folder / "dataset.yaml").open("a") as card:
        card.write("# mine\n")
    line = f"tagwerk: {folder}/dataset.yaml: is damaged or was edited (its SHA-256 does not match)"
    assert failed("apply", folder, toy.files[0], tmp_path / "a.root").startswith(line)


def test_a_model_of_an_earlier_version_is_refused(toy, model, tmp_path, failed):
    folder = shutil.copytree(model, tmp_path / "model")
    (folder / "dataset.yaml").unlink()
    record = json.loads((folder / "training.json").read_text())
    (folder / "training.json").write_text(
        json.dumps({key: record[key] for key in record if key not in ("sha256", "files")})
    )
    line = "does not hold its dataset's card, since an earlier version of Tagwerk wrote it; train it again"
    assert failed("apply", folder, toy.files[0], tmp_path / "a.root") == f"tagwerk: {folder}: {line}"
