"""A guess agrees with the data in every row looked at, or it is marked; and the card runs as it is."""

import re

import awkward as ak
import h5py
import numpy as np
import pytest
import uproot
import yaml

from tagwerk.cards.dataset import Dataset
from tagwerk.cards.study import check_inputs
from tagwerk.cards.tagger import Tagger
from tagwerk.drafts.make import draft_of
from tests.conftest import run, toy_branches
from tests.drafts import files
from tests.readers.layouts import test_ftag, test_hdf5

TOY = toy_branches(0, 100)
WIDE = TOY["is_wide"]
WIDTH = 20
LISTS = ("c_pt", "c_eta", "c_phi", "c_energy")
ROOT = files.ROOT


def card_of(file, folder, *options):
    """The text of the card, its values, and what is on the lines that are marked."""
    path = folder / "card.yaml"
    assert run("draft", file, path, "--force", *options) == 0
    text = path.read_text(encoding="utf-8")
    return path, yaml.safe_load(text), re.findall(r"# CHECK: (.*)$", text, re.MULTILINE), text


def records(file, card, out):
    assert run("check", file, card) == 0
    assert run("ingest", file, card, out) == 0
    return ak.concatenate([ak.from_parquet(part) for part in sorted(out.glob("*.parquet"))])


def tree_of(folder, **changes):
    """Toy jets as `files.tree` has them, with branches of any type besides; None takes one out."""
    branches = {name: each for name, each in (TOY | changes).items() if each is not None}
    kinds = {
        name: f"var * {each.type.content.content}" if isinstance(each, ak.Array) else (each.dtype, each.shape[1:])
        for name, each in branches.items()
    }
    path = folder / "toy.root"
    with uproot.recreate(path) as file:
        file.mktree("jets", kinds)
        file["jets"].extend(branches)
    return path


def padded(name, value):
    """The toy's lists as arrays (N, WIDTH)."""
    return ak.to_numpy(ak.fill_none(ak.pad_none(TOY[name], WIDTH, clip=True), value)).astype("f4")


@pytest.mark.parametrize("value", [0.0, -999.0, -1.0, np.nan])
@pytest.mark.parametrize("kind", ["vector", "fixed", "std::array"])
def test_padding_in_root_is_left_out_by_the_selection_of_the_draft(kind, value, tmp_path):
    lists = {name: padded(name, value) for name in LISTS}
    if kind == "vector":
        lists = {name: ak.from_regular(ak.Array(each)) for name, each in lists.items()}
    if kind == "std::array":
        file = tmp_path / "toy.root"
        with uproot.recreate(file) as opened:
            opened.mkrntuple("jets", {name: each for name, each in (TOY | lists).items() if name != "c_charge"})
    else:
        file = tree_of(tmp_path, c_charge=None, **lists)
    card, values, _, text = card_of(file, tmp_path)
    assert values["sequences"]["constituents"]["selection"] == "pt > 0"
    assert f"of {100 * WIDTH:,} slots hold no constituent (pt = " in text
    assert ak.num(records(file, card, tmp_path / "out").constituents.pt).to_list() != [WIDTH] * 100
    assert int(ak.count(records(file, card, tmp_path / "out").constituents.pt)) == ak.count(TOY["c_pt"])


@pytest.mark.parametrize("value", [-999.0, np.nan])
def test_a_jet_that_is_a_sum_is_one_without_padding(value, tmp_path):
    lists = {name: padded(name, value) for name in LISTS}
    card, values, _, _ = card_of(tree_of(tmp_path, c_charge=None, jet_pt=None, **lists), tmp_path)
    assert "jet" not in values
    found = records(tmp_path / "toy.root", card, tmp_path / "out")
    assert (found.jet.pt <= ak.sum(found.constituents.pt, axis=1) + 0.1).to_numpy().all()


@pytest.mark.skipif(
    not (files.DATA / "delphes/delphes_puppi_21_jets.root").exists(), reason="there is no delphes_puppi_21_jets.root"
)
def test_constituents_that_puppi_removed_are_left_out():
    text = draft_of(files.DATA / "delphes/delphes_puppi_21_jets.root", "JetPUPPIAK15")
    assert yaml.safe_load(text)["sequences"]["constituents"]["selection"] == "pt > 0"
    assert "233 of 1,219 slots hold no constituent (pt = 0 (233))" in text
    assert "PID" not in text.partition("sequences:")[2].partition("constituents:")[2]
    assert [each["name"] for each in yaml.safe_load(text)["classes"]] == ["background", "signal"]


@pytest.mark.parametrize(
    ("name", "values", "written"),
    [
        ("genWeight", np.linspace(0.5, 2, 100), "genWeight"),
        ("weights", np.linspace(0.5, 2, 100), "weights"),
        ("evt_w", np.linspace(0, 2, 100), "evt_w"),
        ("mcEventWeight", np.linspace(-1, 2, 100), "1"),
        ("event_weight", np.where(np.arange(100) == 3, np.nan, 1.0), "1"),
    ],
)
def test_weights_weigh_and_are_marked(name, values, written, tmp_path):
    file = tree_of(tmp_path, **{name: values})
    card, found, marks, _ = card_of(file, tmp_path)
    assert found["weight"] == written
    assert any(name in said for said in marks)
    assert name not in str(found["jet"])
    assert len(records(file, card, tmp_path / "out")) == 100


def test_weights_alike_for_all_jets_are_said_and_not_used(tmp_path):
    _, found, _, text = card_of(tree_of(tmp_path, genWeight=np.ones(100)), tmp_path)
    assert "weight" not in found
    assert "# weights, the same for all jets here and not used: genWeight" in text


def test_flags_of_one_class_each_are_the_classes_and_no_variables(tmp_path):
    kinds = np.arange(100) % 3
    flags = {f"jet_is{name}": (kinds == at).astype("i4") for at, name in enumerate(["B", "C", "G"])}
    file = tree_of(tmp_path, is_wide=None, jet_width=TOY["jet_mass"] / 100, **flags)
    card, found, _, text = card_of(file, tmp_path)
    assert [each["selection"] for each in found["classes"]] == ["jet_isB == 1", "jet_isC == 1", "jet_isG == 1"]
    assert [each["name"] for each in found["classes"]] == ["B", "C", "G"]
    assert "extra" not in found["jet"] or not any("is" in name for name in found["jet"]["extra"])
    assert "one of these is 1 for each jet: jet_isB (34), jet_isC (33), jet_isG (33)" in " ".join(text.split("# "))
    assert ak.to_numpy(records(file, card, tmp_path / "out").label).max() == 2


@pytest.mark.parametrize("flag", ["isSignal", "truth_top", "jet_fromTop", "signal", "jet_wide"])
def test_no_flag_becomes_a_variable(flag, tmp_path):
    _, found, _, _ = card_of(tree_of(tmp_path, **{flag: WIDE.astype("f4"), "jet_nbhadrons": WIDE + 1}), tmp_path)
    assert "extra" not in found["jet"]


def test_a_label_of_many_values_is_one_whose_classes_are_marked(tmp_path):
    label = np.arange(100) % 60
    card, found, marks, text = card_of(tree_of(tmp_path, is_wide=None, jet_label=label.astype("i4")), tmp_path)
    assert len(found["classes"]) == 10
    assert "jet_label has 60 values; those of the most jets: 0 (2)" in text
    assert any("what do these values mean?" in said for said in marks)
    assert len(records(tmp_path / "toy.root", card, tmp_path / "out")) == 20


@pytest.mark.parametrize(("name", "value"), [("jet_type", 0), ("jet_flavour", 0), ("jet_label", 7), ("is_wide", 1)])
def test_a_label_that_is_the_same_for_all_jets_makes_no_classes(name, value, tmp_path):
    _, found, marks, text = card_of(tree_of(tmp_path, **{"is_wide": None, name: np.full(100, value, "i4")}), tmp_path)
    assert all("files" in each for each in found["classes"])
    assert f"alike for all jets here: {name} ({value})" in text
    assert len(marks) == 2


def test_of_a_known_label_that_is_the_same_for_all_jets_the_classes_are_marked(tmp_path):
    label = np.full(100, 5, "i4")
    _, found, marks, _ = card_of(tree_of(tmp_path, is_wide=None, jet_hadronFlavour=label), tmp_path)
    assert [each["name"] for each in found["classes"]] == ["light", "c", "b"]
    assert any("the label is the same for all jets here" in said for said in marks)


@pytest.mark.parametrize(("kind", "first"), [("f4", 2**24), ("f8", 2**53), ("f4", 0.5)])
def test_numbers_of_events_that_merge_are_marked_and_not_used(kind, first, tmp_path):
    file = tree_of(tmp_path, event=(first + np.arange(100)).astype(kind))
    card, found, marks, _ = card_of(file, tmp_path)
    assert found["event"] == ["file", "row"]
    assert any(f"event as float{8 * int(kind[1])} merges events or has fractions" in said for said in marks)
    assert len(records(file, card, tmp_path / "out")) == 100


def jagged(folder, **more):
    """A plain tree of events with lists of jets and of particles."""
    jets = {f"jet_{name}": ak.Array([[50.0, 30.0]] * 100) for name in ("pt", "eta", "phi", "mass")}
    particles = {name.replace("c_", "part_"): TOY[name] for name in LISTS}
    path = folder / "events.root"
    branches = {"event": np.arange(100), **jets, **particles, **more}
    with uproot.recreate(path) as file:
        file.mktree("events", {name: "var * float32" if isinstance(each, ak.Array) else each.dtype
                               for name, each in branches.items()})  # fmt: skip
        file["events"].extend(branches)
    return path


@pytest.mark.parametrize("own", ["met_", "lepton_", "Z."])
def test_rows_that_are_events_are_no_jets(own, tmp_path, capsys):
    file = jagged(tmp_path, **{f"{own}{name}": TOY[f"jet_{name}"] for name in ("pt", "eta", "phi", "mass")})
    assert run("draft", file) == 2
    assert "seem to be events, with lists such as jet_pt" in capsys.readouterr().err


def test_a_row_of_a_jet_and_of_lists_of_jets_is_marked(tmp_path):
    own = {f"leadjet_{name}": TOY[f"jet_{name}"] for name in ("pt", "eta", "phi", "mass")}
    _, found, marks, _ = card_of(jagged(tmp_path, **own), tmp_path)
    assert found["jet"]["pt"] == "leadjet_pt"
    assert list(found["sequences"]) == ["constituents"]
    assert any("is a row a jet? There are lists of jets too, such as jet_pt" in said for said in marks)


def test_lists_of_jets_in_hdf5_are_no_constituents(tmp_path, capsys):
    with h5py.File(tmp_path / "events.h5", "w") as file:
        for name in ("pt", "eta", "phi", "mass"):
            file[f"jets/{name}"] = np.ones((50, 4))
    assert run("draft", tmp_path / "events.h5") == 2
    assert "no jets with constituents were found" in capsys.readouterr().err


@pytest.mark.parametrize("scale", [True, False])
def test_weights_of_constituents_scale_the_momenta_if_the_jets_say_so(scale, tmp_path):
    weights = ak.values_astype(TOY["c_pt"] * 0 + 0.5, "f4")
    sums = np.maximum(ak.sum(TOY["c_pt"], axis=1).to_numpy() * (0.5 if scale else 1), 1)
    card, found, _, text = card_of(tree_of(tmp_path, c_puppiWeight=weights, jet_pt=sums), tmp_path)
    constituents = found["sequences"]["constituents"]
    assert constituents.get("weight") == ("c_puppiWeight" if scale else None)
    assert "with c_puppiWeight their pT adds up to" in text
    pt = records(tmp_path / "toy.root", card, tmp_path / "out").constituents.pt
    assert float(ak.sum(pt)) == pytest.approx(float(ak.sum(TOY["c_pt"])) * (0.5 if scale else 1), rel=1e-4)


@pytest.mark.parametrize("name", ["jet-pt", "jet größe pt", "jet[pt]", "jet/pt", "jet µ.pt", "1jet:pt"])
def test_names_that_need_quotes_make_a_card_that_runs(name, tmp_path):
    start = name.removesuffix("]").removesuffix("pt")
    end = "]" if name.endswith("]") else ""
    jet = {f"{start}{each}{end}": TOY[f"jet_{each}"] for each in ("pt", "eta", "phi", "mass")}
    more = {f"{start}n-trk (ü)": np.arange(100.0), f"{start}is wide/ß": WIDE}
    gone = dict.fromkeys(["is_wide", *(f"jet_{each}" for each in ("pt", "eta", "phi", "mass"))])
    file = tree_of(tmp_path, **gone, **jet, **more)
    card, found, _, _ = card_of(file, tmp_path)
    assert found["jet"]["pt"] == name
    assert found["jet"]["extra"] == {"n_trk_u": f"{start}n-trk (ü)"}
    assert f"`{start}is wide/ß` == 1" in [each["selection"] for each in found["classes"]]
    assert sorted(set(records(file, card, tmp_path / "out").label.to_list())) == [0, 1]


@pytest.mark.parametrize("link", ["mask", "counts"])
def test_inverted_masks_and_wrong_counts_in_hdf5_are_not_believed(link, tmp_path):
    counts = ak.num(TOY["c_pt"]).to_numpy()[:60]
    wrong = {"mask": ~(np.arange(test_hdf5.SLOTS) < np.asarray(ak.num(test_hdf5.TOY["c_pt"]))[:, None])}
    if link == "counts":
        wrong = {"mask": None, "count": None, "jet_nbhadrons": (counts > 7).astype("i4") + 1}
    else:
        wrong |= {"count": None}
    file = test_hdf5.write(tmp_path / "plain.h5", link, **wrong)
    card, found, marks, _ = card_of(file, tmp_path)
    constituents = found["sequences"]["constituents"]
    assert (constituents["link"], constituents["selection"]) == ({"mask": "constituent_energy"}, "pt > 0")
    assert any(("inverted" if link == "mask" else "no mask or counts found") in said for said in marks)
    found = records(file, card, tmp_path / "out").constituents
    assert ak.count(found.pt) == ak.count(test_hdf5.TOY["c_pt"])


def test_an_inverted_mask_of_tracks_is_not_believed(tmp_path):
    jets, tracks = test_ftag.arrays()
    real = int(tracks["valid"].sum())
    tracks["valid"] = ~tracks["valid"]
    file = test_ftag.write(tmp_path / "ftag.h5", jets, tracks)
    card, _, marks, _ = card_of(file, tmp_path)
    assert any("inverted" in said for said in marks)
    path = tmp_path / "out"
    assert run("ingest", file, card, path) == 0
    found = ak.concatenate([ak.from_parquet(part) for part in sorted(path.glob("*.parquet"))])
    assert 0 < ak.count(found.constituents.pt) <= real


@pytest.mark.parametrize("make", [files.tree, files.ftag, files.pytables, files.energyflow, files.plain("offsets")])
def test_the_shipped_taggers_run_with_a_draft_at_once(make, tmp_path):
    card, _, _, text = card_of(make(tmp_path), tmp_path)
    dataset, lacks = Dataset.load(card), ("constituent_labels", "lstm_with_labels", "encoder_decoder")
    for path in sorted((ROOT / "config/taggers").glob("*.yaml")):
        if path.stem not in lacks:
            check_inputs(path, Tagger.load(path), dataset, "drafted")
    assert "Of the taggers in config/taggers these run with it: bidirectional_lstm, boosted_trees" in text
    assert "# Not constituent_labels, lstm_with_labels: " in text
