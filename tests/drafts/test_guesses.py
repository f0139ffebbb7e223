"""A guess agrees with the data in every row looked at, or it is marked; and the card runs as it is."""

import awkward as ak
import h5py
import numpy as np
import pytest
import uproot

from tagwerk.cards.dataset import Dataset
from tagwerk.cards.study import check_inputs
from tagwerk.cards.tagger import Tagger
from tests.conftest import run
from tests.drafts import files
from tests.drafts.cards import LISTS, TOY, WIDE, card_of, records, tree_of

ROOT = files.ROOT


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


def test_what_tells_the_classes_without_a_jet_to_the_contrary_is_no_variable(tmp_path):
    species = np.where(WIDE == 1, 2 + np.arange(100) % 2, 5)
    number = species.copy()
    number[np.flatnonzero(WIDE)[0]] = 5
    _, found, _, text = card_of(tree_of(tmp_path, jet_species=species, jet_nlayers=number), tmp_path)
    assert list(found["jet"]["extra"]) == ["nlayers"]
    assert "each value is of one class alone, so they may tell the truth: jet_species" in text


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


@pytest.mark.parametrize("make", [files.tree, files.ftag, files.pytables, files.energyflow, files.plain("offsets")])
def test_the_shipped_taggers_run_with_a_draft_at_once(make, tmp_path):
    card, _, _, text = card_of(make(tmp_path), tmp_path)
    dataset, lacks = Dataset.load(card), ("constituent_labels", "lstm_with_labels", "encoder_decoder")
    for path in sorted((ROOT / "config/taggers").glob("*.yaml")):
        if path.stem not in lacks:
            check_inputs(path, Tagger.load(path), dataset, "drafted")
    assert "Of the taggers in config/taggers these run with it: bidirectional_lstm, boosted_trees" in text
    assert "# Not constituent_labels, lstm_with_labels: " in text
