"""A guess agrees with the data in every row read, or is marked; and the card runs unedited."""

import awkward as ak
import h5py
import numpy as np
import pytest
import uproot

from tagwerk.cards.dataset import Dataset
from tagwerk.cards.tagger import Tagger
from tagwerk.cards.tagger_inputs import check_inputs
from tests.conftest import run
from tests.drafts import files
from tests.drafts.cards import LISTS, TOY, WIDE, card_of, records, tree_of

ROOT = files.ROOT


@pytest.mark.parametrize(
    ("name", "values", "weight"),
    [
        ("genWeight", np.linspace(0.5, 2, 100), "genWeight"),
        ("weights", np.linspace(0.5, 2, 100), "weights"),
        ("evt_w", np.linspace(0, 2, 100), "evt_w"),
        ("mcEventWeight", np.linspace(-1, 2, 100), "1"),
        ("event_weight", np.where(np.arange(100) == 3, np.nan, 1.0), "1"),
    ],
)
def test_a_weight_becomes_the_jet_weight_and_is_marked(name, values, weight, tmp_path):
    file = tree_of(tmp_path, **{name: values})
    card, drafted, marks, _ = card_of(file, tmp_path)
    assert drafted["weight"] == weight
    assert any(name in mark for mark in marks)
    assert name not in str(drafted["jet"])
    assert len(records(file, card, tmp_path / "out")) == 100


def test_constant_weights_are_listed_and_not_used(tmp_path):
    _, drafted, _, text = card_of(tree_of(tmp_path, genWeight=np.ones(100)), tmp_path)
    assert "weight" not in drafted
    assert "# weights, the same for all jets here and not used: genWeight" in text


def test_one_flag_per_class_gives_classes_and_no_variables(tmp_path):
    kinds = np.arange(100) % 3
    flags = {f"jet_is{name}": (kinds == index).astype("i4") for index, name in enumerate(["B", "C", "G"])}
    file = tree_of(tmp_path, is_wide=None, jet_width=TOY["jet_mass"] / 100, **flags)
    card, drafted, _, text = card_of(file, tmp_path)
    assert [each["selection"] for each in drafted["classes"]] == ["jet_isB == 1", "jet_isC == 1", "jet_isG == 1"]
    assert [each["name"] for each in drafted["classes"]] == ["B", "C", "G"]
    assert "extra" not in drafted["jet"] or not any("is" in name for name in drafted["jet"]["extra"])
    assert "one of these is 1 for each jet: jet_isB (34), jet_isC (33), jet_isG (33)" in " ".join(text.split("# "))
    assert ak.to_numpy(records(file, card, tmp_path / "out").label).max() == 2


@pytest.mark.parametrize("flag", ["isSignal", "truth_top", "jet_fromTop", "signal", "jet_wide"])
def test_no_flag_becomes_a_variable(flag, tmp_path):
    _, drafted, _, _ = card_of(tree_of(tmp_path, **{flag: WIDE.astype("f4"), "jet_nbhadrons": WIDE + 1}), tmp_path)
    assert "extra" not in drafted["jet"]


def test_a_variable_that_determines_the_class_of_every_jet_is_left_out(tmp_path):
    species = np.where(WIDE == 1, 2 + np.arange(100) % 2, 5)
    number = species.copy()
    number[np.flatnonzero(WIDE)[0]] = 5
    _, drafted, _, text = card_of(tree_of(tmp_path, jet_species=species, jet_nlayers=number), tmp_path)
    assert list(drafted["jet"]["extra"]) == ["nlayers"]
    assert "left out (determines the class, so possibly truth information): jet_species" in text


def test_a_variable_with_one_value_for_all_jets_of_one_class_alone_is_left_out(tmp_path):
    matched = np.where(WIDE == 1, 400 + np.arange(100), 0).astype("f4")
    nearest = matched.copy()
    nearest[np.flatnonzero(WIDE)[0]] = 0
    _, drafted, _, text = card_of(tree_of(tmp_path, jet_top_pt=matched, jet_nearest=nearest), tmp_path)
    assert list(drafted["jet"]["extra"]) == ["nearest"]
    assert "left out (determines the class, so possibly truth information): jet_top_pt" in text


def test_the_classes_of_a_label_with_many_values_are_marked(tmp_path):
    label = np.arange(100) % 60
    card, drafted, marks, text = card_of(tree_of(tmp_path, is_wide=None, jet_label=label.astype("i4")), tmp_path)
    assert len(drafted["classes"]) == 10
    assert "jet_label has 60 values; the most frequent are 0 (2)" in text
    assert any("what do these values mean?" in mark for mark in marks)
    assert len(records(tmp_path / "toy.root", card, tmp_path / "out")) == 20


@pytest.mark.parametrize(("name", "value"), [("jet_type", 0), ("jet_flavour", 0), ("jet_label", 7), ("is_wide", 1)])
def test_a_constant_label_gives_no_classes(name, value, tmp_path):
    _, drafted, marks, text = card_of(tree_of(tmp_path, **{"is_wide": None, name: np.full(100, value, "i4")}), tmp_path)
    assert all("files" in each for each in drafted["classes"])
    assert f"the same for all jets here: {name} ({value})" in text
    assert len(marks) == 2


def test_the_classes_of_a_known_constant_label_are_marked(tmp_path):
    label = np.full(100, 5, "i4")
    _, drafted, marks, _ = card_of(tree_of(tmp_path, is_wide=None, jet_hadronFlavour=label), tmp_path)
    assert [each["name"] for each in drafted["classes"]] == ["light", "c", "b"]
    assert any("the label is the same for all jets here" in mark for mark in marks)


@pytest.mark.parametrize(("dtype", "first"), [("f4", 2**24), ("f8", 2**53), ("f4", 0.5)])
def test_merging_event_numbers_are_marked_and_not_used(dtype, first, tmp_path):
    file = tree_of(tmp_path, event=(first + np.arange(100)).astype(dtype))
    card, drafted, marks, _ = card_of(file, tmp_path)
    assert drafted["event"] == ["file", "row"]
    assert any(f"event as float{8 * int(dtype[1])} merges events or has fractions" in mark for mark in marks)
    assert len(records(file, card, tmp_path / "out")) == 100


def jagged(folder, **more):
    """A plain event tree with lists of jets and of particles."""
    jets = {f"jet_{name}": ak.Array([[50.0, 30.0]] * 100) for name in ("pt", "eta", "phi", "mass")}
    particles = {name.replace("c_", "part_"): TOY[name] for name in LISTS}
    path = folder / "events.root"
    branches = {"event": np.arange(100), **jets, **particles, **more}
    with uproot.recreate(path) as file:
        file.mktree("events", {name: "var * float32" if isinstance(values, ak.Array) else values.dtype
                               for name, values in branches.items()})  # fmt: skip
        file["events"].extend(branches)
    return path


@pytest.mark.parametrize("prefix", ["met_", "lepton_", "Z."])
def test_rows_that_are_events_are_not_jets(prefix, tmp_path, capsys):
    file = jagged(tmp_path, **{f"{prefix}{name}": TOY[f"jet_{name}"] for name in ("pt", "eta", "phi", "mass")})
    assert run("draft", file) == 2
    assert "seem to be events, with lists such as jet_pt" in capsys.readouterr().err


def test_a_row_with_one_jet_and_lists_of_jets_is_marked(tmp_path):
    leading = {f"leadjet_{name}": TOY[f"jet_{name}"] for name in ("pt", "eta", "phi", "mass")}
    _, drafted, marks, _ = card_of(jagged(tmp_path, **leading), tmp_path)
    assert drafted["jet"]["pt"] == "leadjet_pt"
    assert list(drafted["sequences"]) == ["constituents"]
    assert any("is each row one jet? There are also lists of jets, such as jet_pt" in mark for mark in marks)


def test_lists_of_jets_in_hdf5_are_not_constituents(tmp_path, capsys):
    with h5py.File(tmp_path / "events.h5", "w") as file:
        for name in ("pt", "eta", "phi", "mass"):
            file[f"jets/{name}"] = np.ones((50, 4))
    assert run("draft", tmp_path / "events.h5") == 2
    assert "no jets with constituents were found" in capsys.readouterr().err


@pytest.mark.parametrize("scale", [True, False])
def test_constituent_weights_scale_the_momenta_if_the_jet_pt_shows_it(scale, tmp_path):
    weights = ak.values_astype(TOY["c_pt"] * 0 + 0.5, "f4")
    sums = np.maximum(ak.sum(TOY["c_pt"], axis=1).to_numpy() * (0.5 if scale else 1), 1)
    card, drafted, _, text = card_of(tree_of(tmp_path, c_puppiWeight=weights, jet_pt=sums), tmp_path)
    constituents = drafted["sequences"]["constituents"]
    assert constituents.get("weight") == ("c_puppiWeight" if scale else None)
    assert "with c_puppiWeight their pT sums to" in text
    pt = records(tmp_path / "toy.root", card, tmp_path / "out").constituents.pt
    assert float(ak.sum(pt)) == pytest.approx(float(ak.sum(TOY["c_pt"])) * (0.5 if scale else 1), rel=1e-4)


@pytest.mark.parametrize("name", ["jet-pt", "jet größe pt", "jet[pt]", "jet/pt", "jet µ.pt", "1jet:pt"])
def test_names_that_need_quotes_make_a_card_that_runs(name, tmp_path):
    prefix = name.removesuffix("]").removesuffix("pt")
    end = "]" if name.endswith("]") else ""
    jet = {f"{prefix}{component}{end}": TOY[f"jet_{component}"] for component in ("pt", "eta", "phi", "mass")}
    further = {f"{prefix}n-trk (ü)": np.arange(100.0), f"{prefix}is wide/ß": WIDE}
    removed = dict.fromkeys(["is_wide", *(f"jet_{component}" for component in ("pt", "eta", "phi", "mass"))])
    file = tree_of(tmp_path, **removed, **jet, **further)
    card, drafted, _, _ = card_of(file, tmp_path)
    assert drafted["jet"]["pt"] == name
    assert drafted["jet"]["extra"] == {"n_trk_u": f"{prefix}n-trk (ü)"}
    assert f"`{prefix}is wide/ß` == 1" in [each["selection"] for each in drafted["classes"]]
    assert sorted(set(records(file, card, tmp_path / "out").label.to_list())) == [0, 1]


@pytest.mark.parametrize(
    "make", [files.tree, files.ftag, files.pytables, files.energyflow, files.plain_hdf5("offsets")]
)
def test_the_shipped_taggers_run_with_an_unedited_draft(make, tmp_path):
    card, _, _, text = card_of(make(tmp_path), tmp_path)
    dataset, not_running = Dataset.load(card), ("constituent_labels", "lstm_with_labels", "encoder_decoder")
    not_running += ("track_labels",)  # a sequence of the dataset `tau`
    not_running += ("likelihood_ratio",)  # a variable of the dataset `exact` alone
    for path in sorted((ROOT / "config/taggers").glob("*.yaml")):
        # Those of taus have tracks and clusters, those of JetClass its variables.
        if path.stem not in not_running and not path.stem.startswith(("tau_", "jetclass_")):
            check_inputs(path, Tagger.load(path), dataset, "drafted")
    assert "Taggers in config/taggers that run with this card: bidirectional_lstm, boosted_trees" in text
    assert "# constituent_labels, lstm_with_labels cannot run: " in text
