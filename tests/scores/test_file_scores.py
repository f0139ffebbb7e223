"""Files that were never ingested have the scores of `tagwerk ingest` and `tagwerk score`, jet by jet, to the bit."""

import awkward as ak
import numpy as np
import pytest
import uproot

import tagwerk as tw
from tagwerk.cards.input_columns import schema_of
from tagwerk.cards.scoring_card import scoring_card
from tagwerk.scores.file_scores import FileScores
from tests.conftest import DATASET, changed, toy_branches, with_truth, write_root
from tests.readers.layouts.test_nanoaod import CARD as NANO_CARD
from tests.readers.layouts.test_nanoaod import write_nano
from tests.readers.layouts.test_rntuple import columns, copy
from tests.scores.applied import DATA, EVENTS, NANO, boosted_trees, card_of, expected_scores, network
from tests.training.onnx_models import save_sums
from tests.training.onnx_models import tagger as external

_NETWORKS = {
    "nanoaod_fatjets": ("recurrent", {"sequences": {"constituents": ["log_pt", "delta_eta", "delta_phi"]}}),
    "physlite_taus": ("recurrent", {"sequences": {"tracks": ["log_pt", "log_abs_d0"]}}),
    "edm4hep_jets": ("recursive", {"trees": {"constituents_kt": ["log_pt", "delta_eta"]}}),
}


def assert_same(one, other):
    """Assert that two arrays of records are the same, NaN included."""
    assert one.fields == other.fields
    for name in one.fields:
        assert ak.array_equal(one[name], other[name], equal_nan=True, dtype_exact=True)


def scored(card, file, tagger, folder):
    """A model trained on the jets of a file, and the run with the scores of all jets that ingest selects."""
    tw.ingest(card, file, folder / "part")
    model = tw.train(tagger, card, None, [folder / "part"], epochs=1, name="toy")
    return model, tw.score(model, [folder / "part"], split="all")


def check_events(name, tagger, folder):
    """Check the scores of a real file of events."""
    file, prefix, _ = EVENTS[name]
    if not file.exists():
        pytest.skip(f"there is no {file}")
    card = card_of(name)
    model, run = scored(card, file, tagger, folder)
    classes = [each.name for each in card.classes]
    found = tw.apply(model, file)
    assert len(found) == uproot.open(file)[card.tree].num_entries
    expected = expected_scores(name, run, classes)
    of_run = ~np.isnan(ak.to_numpy(ak.flatten(expected))[:, 0])
    assert of_run.sum() == len(run.scores) > 20
    for index, each in enumerate(classes):
        values = found[f"{prefix}toy_p_{each}"]
        assert ak.num(values).tolist() == ak.num(expected).tolist()
        flat = ak.to_numpy(ak.flatten(values))
        assert np.array_equal(flat[of_run], ak.to_numpy(ak.flatten(expected))[of_run, index])
        assert len(np.unique(flat[of_run])) > 1
    for step in (1, 7):
        assert_same(tw.apply(model, file, step=step), found)


@pytest.mark.parametrize("name", EVENTS)
def test_jets_of_real_events_have_the_scores_that_they_have_when_ingested(name, tmp_path):
    scalars = {"physlite_taus": ["mass", "dr_max"], "nanoaod_taus": ["mass", "decay_mode"]}
    check_events(name, boosted_trees(*scalars.get(name, ["mass", "width"])), tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("name", _NETWORKS)
def test_so_they_have_by_networks_of_sequences_and_trees(name, tmp_path):
    architecture, inputs = _NETWORKS[name]
    check_events(name, network(architecture, inputs), tmp_path)


@pytest.mark.skipif(not NANO.exists(), reason=f"there is no {NANO}")
def test_an_rntuple_has_the_scores_of_the_ttree(tmp_path):
    card, names = columns("nanoaod_fatjets")
    model, _ = scored(card, NANO, boosted_trees("mass", "width"), tmp_path)
    file = copy(NANO, "Events", names, tmp_path / "nano.root")
    assert_same(tw.apply(model, file, step=50), tw.apply(model, NANO))


@pytest.mark.parametrize("tagger", ["boosted_trees", "lstm"])
def test_one_jet_per_entry_has_one_number_per_entry(toy, toy_runs, tagger):
    run = tw.score(toy_runs / tagger / "model", toy.parts[0], split="all")
    expected = {(row.event, row.pt): (row.p_narrow, row.p_wide) for row in run.scores.itertuples()}
    found = tw.apply(toy_runs / tagger / "model", toy.files[0])
    jets = toy_branches(0, 100)
    assert found.fields == [f"{tagger}_p_narrow", f"{tagger}_p_wide", f"{tagger}_split"]
    assert len(found) == len(expected) == 100
    for index, (event, pt) in enumerate(zip(jets["event"], jets["jet_pt"].astype(np.float32), strict=True)):
        scores = tuple(found[index, f"{tagger}_p_{name}"] for name in ("narrow", "wide"))
        assert scores == expected[event, pt]
    for step in (7, 33):
        assert_same(tw.apply(toy_runs / tagger / "model", toy.files[0], step=step), found)


def test_jetclass_2_has_one_number_per_entry(tmp_path):
    file = DATA / "jetclass/JetClassII_example.parquet"
    if not file.exists():
        pytest.skip(f"there is no {file}")
    pt = ak.to_numpy(ak.from_parquet(file).jet_pt).astype(np.float32)
    values = tw.Dataset.load("jetclass2").model_dump(exclude_none=True)
    low, high, _ = values["classes"]
    median = float(np.median(pt))
    classes = [low | {"selection": f"jet_pt <= {median}"}, high | {"selection": f"jet_pt > {median}"}]
    card = tw.Dataset.model_validate(
        values | {"classes": classes, "split": {"train": 0.5, "validation": 0.3, "test": 0.2}}
    )
    model, run = scored(card, file, boosted_trees("mass", "width", "softdrop_mass"), tmp_path)
    expected = dict(zip(run.scores["pt"], run.scores["p_qcd"], strict=True))
    assert len(expected) == len(pt) == 100
    found = tw.apply(model, file)
    assert found.toy_p_qcd.tolist() == [expected[each] for each in pt]
    assert_same(tw.apply(model, file, step=7), found)


def test_a_model_of_another_framework_sees_the_jet_variables_that_its_columns_name(toy, tmp_path):
    columns = ["constituents.log_pt_share", "constituents.charge + jet.width"]
    inputs = {"x": {"columns": columns, "axes": ["jets", "constituents", "columns"]}}
    card = external(save_sums(tmp_path / "sums.onnx"), inputs=inputs, outputs=["narrow", "wide"])
    model = tw.train(card, toy.card, toy.summary, toy.parts, name="sums")
    scores = tw.score(model, toy.parts[0], split="all").scores
    expected = dict(zip(scores["pt"], scores["p_wide"], strict=True))
    pt = toy_branches(0, 100)["jet_pt"].astype(np.float32)
    assert tw.apply(model, toy.files[0]).sums_p_wide.tolist() == [expected[each] for each in pt]


def test_arrays_in_memory_have_the_scores_of_their_file(toy, toy_runs):
    model = tw.load_model(toy_runs / "boosted_trees/model")
    assert_same(tw.apply(model, toy_branches(0, 100), step=30), tw.apply(model, toy.files[0]))


def test_the_piece_of_the_split_is_that_of_ingest(toy, toy_runs):
    found = tw.apply(toy_runs / "boosted_trees/model", toy.files[0])
    pieces = np.array(["train", "validation", "test"])[ak.to_numpy(found.boosted_trees_split)]
    assert pieces.tolist() == tw.read(toy.card, toy.files[0]).split.tolist()


def test_folds_are_the_pieces_that_the_model_used_them_for(toy, tmp_path):
    card = tw.Dataset.model_validate(DATASET | {"split": {"folds": 4}})
    model = tw.train(boosted_trees("mass"), card, None, tw.read(card, toy.files[0]), fold=2, name="toy")
    folds = [int(name[-1]) for name in tw.read(card, toy.files[0]).split.tolist()]
    # Fold 2 is for testing, the next one for validation.
    assert tw.apply(model, toy.files[0]).toy_split.tolist() == [{2: 2, 3: 1}.get(fold, 0) for fold in folds]


def data(folder, drop, first=0, **changes):
    """A toy file without some branches."""
    branches = {name: values for name, values in (toy_branches(first, 60) | changes).items() if name not in drop}
    with uproot.recreate(folder / "data.root") as file:
        types = {
            name: "var * float32" if isinstance(values, ak.Array) else values.dtype for name, values in branches.items()
        }
        file.mktree("jets", types)
        file["jets"].extend(branches)
    return folder / "data.root"


def test_data_without_truth_and_events_are_scored(toy_runs, tmp_path):
    model = toy_runs / "boosted_trees/model"
    known = tw.apply(model, data(tmp_path, []))
    scores = FileScores(model, data(tmp_path, ["is_wide", "event", "c_charge"]))
    assert (scores.has_event, scores.has_split, scores.has_classes) == (False, False, False)
    found = tw.apply(model, data(tmp_path, ["is_wide", "event", "c_charge"]))
    assert found.fields == ["boosted_trees_p_narrow", "boosted_trees_p_wide"]
    assert_same(found, known[found.fields])
    assert len(scores.notes) == 2
    for what, branch, note in zip(("piece of the split", "class"), ("event", "is_wide"), scores.notes, strict=True):
        assert note.startswith(f"{tmp_path}/data.root: the {what} of each jet is not known: tree 'jets' has no branch")
        assert f"'{branch}'" in note


def test_a_branch_that_the_tagger_needs_is_missed_in_one_line(toy_runs, tmp_path):
    with pytest.raises(tw.UserError, match=r"^\S+/data.root: tree 'jets' has no branch 'c_charge'; none of .+"):
        tw.apply(toy_runs / "lstm/model", data(tmp_path, ["c_charge"]))


def test_a_tree_in_random_order_needs_the_event(toy, tmp_path):
    inputs = {"trees": {"constituents_random": ["log_pt"]}}
    card, tagger = tw.Dataset.load(toy.card), network("recursive", inputs)
    reduced = scoring_card(card, tagger.inputs, schema_of(card, tagger.inputs))
    assert reduced.event == ["event"]
    assert reduced.sequences["constituents"].trees == ["random"]


def test_jets_with_invalid_numbers_have_no_score_and_are_counted(toy_runs, tmp_path):
    branches = toy_branches(0, 60)
    branches["jet_mass"][[3, 50]] = np.nan, np.inf
    scores = FileScores(toy_runs / "boosted_trees/model", data(tmp_path, [], jet_mass=branches["jet_mass"]))
    assert sum(len(entries.jets) for entries in scores) == 58
    assert scores.notes == [
        f"{tmp_path}/data.root: 2 of 60 selected jets have no score, since they have NaN, infinite or negative momenta"
        " or variables"
    ]
    found = tw.apply(toy_runs / "boosted_trees/model", tmp_path / "data.root")
    assert np.flatnonzero(np.isnan(found.boosted_trees_p_wide)).tolist() == [3, 50]
    assert np.flatnonzero(found.boosted_trees_split == -1).tolist() == [3, 50]


def test_jets_that_the_card_does_not_select_have_no_score(toy, tmp_path):
    card = tw.Dataset.model_validate(DATASET | {"selection": "jet_pt > 550"})
    model = tw.train(boosted_trees("mass"), card, None, tw.read(card, toy.files[0]), name="toy")
    high = toy_branches(0, 100)["jet_pt"] > 550
    assert np.array_equal(~np.isnan(tw.apply(model, toy.files[0]).toy_p_wide), high)
    assert not np.isnan(ak.to_numpy(tw.apply(model, toy.files[0], selection="1").toy_p_wide)).any()
    assert np.array_equal(~np.isnan(tw.apply(model, toy.files[0], selection="jet_pt <= 550").toy_p_wide), ~high)
    with pytest.raises(tw.UserError, match=r"^selection 'jet_pt >': "):
        tw.apply(model, toy.files[0], selection="jet_pt >")
    with pytest.raises(tw.UserError, match="has no branch 'jet_ptt'"):
        tw.apply(model, toy.files[0], selection="jet_ptt > 1")


def test_jets_of_no_class_and_of_further_classes_are_scored(toy_runs, tmp_path):
    known = tw.apply(toy_runs / "boosted_trees/model", data(tmp_path, []))
    wide = np.arange(60, dtype=np.int32) % 5
    scores = FileScores(toy_runs / "boosted_trees/model", data(tmp_path, [], is_wide=wide))
    (entries,) = scores
    assert entries.label.tolist() == [each if each < 2 else -1 for each in wide]
    assert_same(tw.apply(toy_runs / "boosted_trees/model", tmp_path / "data.root"), known)


def test_another_unit_is_refused(toy_runs, tmp_path):
    branches = toy_branches(0, 60)
    file = data(tmp_path, [], jet_pt=1000 * branches["jet_pt"])
    line = r"^\S+/data.root, dataset.yaml: error \(units, jet.pt\): the median jet has pT = .+ GeV; is the unit MeV\? "
    with pytest.raises(tw.UserError, match=line):
        tw.apply(toy_runs / "boosted_trees/model", file)


def test_a_file_without_entries_gives_none(toy_runs, tmp_path):
    file = write_root(tmp_path / "empty.root", toy_branches(0, 100) | {"event": np.empty(0, np.int64)})
    found = tw.apply(toy_runs / "boosted_trees/model", file)
    assert found.fields == ["boosted_trees_p_narrow", "boosted_trees_p_wide", "boosted_trees_split"]
    assert len(found) == 0


@pytest.mark.parametrize("step", [1, 2, 10_000])
def test_events_without_jets_are_entries_too(toy, tmp_path, step):
    card = tw.Dataset.model_validate(changed(NANO_CARD, "substructure", ["multiplicity"]))
    jets = {
        "FatJet_pt": [[], [200, 300], [], [400], [], []],
        "FatJet_flavour": [[], [0, 5], [], [5], [], []],
        "FatJetPFCand_jetIdx": [[], [1, 0], [], [], [], []],
        "FatJetPFCand_pfCandIdx": [[], [0, 1], [], [], [], []],
        "FatJetPFCand_weight": [[], [1, 1], [], [], [], []],
        "PFCand_pt": [[], [150, 100], [], [], [], []],
    }
    file = write_along_x(tmp_path / "nano.root", jets, 6)
    model, _ = nano_model(tmp_path, card)
    found = tw.apply(model, file, step=step)
    assert ak.num(found.FatJet_toy_p_b).tolist() == [0, 2, 0, 1, 0, 0]
    assert not np.isnan(ak.to_numpy(ak.flatten(found.FatJet_toy_p_b))).any()
    assert_same(found, tw.apply(model, file))


def test_a_file_of_events_without_any_jet_is_scored(tmp_path):
    model, tables = nano_model(tmp_path, tw.Dataset.model_validate(NANO_CARD))
    file = write_along_x(tmp_path / "none.root", {name: [[], []] for name in tables}, 2)
    found = tw.apply(model, file)
    assert found.FatJet_toy_p_b.tolist() == [[], []]


def nano_model(folder, card):
    """A tagger trained on 60 events of one jet along the x axis, and the tables of these."""
    pt = [[200.0 + number] for number in range(60)]
    tables = {"FatJet_pt": pt, "FatJet_flavour": [[5 * (number % 2)] for number in range(60)]}
    tables |= {"FatJetPFCand_jetIdx": [[0]] * 60, "FatJetPFCand_pfCandIdx": [[0]] * 60, "PFCand_pt": pt}
    tables |= {"FatJetPFCand_weight": [[1.0]] * 60}
    jets = tw.read(card, write_along_x(folder / "train.root", tables, 60))
    return tw.train(boosted_trees("pt"), card, None, jets, name="toy"), tables


def write_along_x(file, tables, events):
    """Write events as `write_nano` does, of objects along the x axis."""
    zeros = {
        f"{name}_{angle}": [[0.0] * len(each) for each in tables[f"{name}_pt"]]
        for name in ("FatJet", "PFCand")
        for angle in ("eta", "phi")
    }
    return write_nano(file, tables | zeros, events)


def test_the_truth_of_constituents_is_not_needed(toy_with_truth, tmp_path):
    jets = [tw.read(toy_with_truth.card, file) for file in toy_with_truth.files]
    model = tw.train(boosted_trees("width"), toy_with_truth.card, None, jets, name="toy")
    known = tw.apply(model, write_root(tmp_path / "a.root", with_truth(toy_branches(0, 60))))
    assert_same(tw.apply(model, write_root(tmp_path / "b.root", toy_branches(0, 60))), known)


def test_a_model_without_its_card_says_so(toy_runs, toy):
    model = tw.load_model(toy_runs / "boosted_trees/model")
    old = tw.TrainedModel(model.model, model.history, model.record)
    line = "the model does not hold its dataset's card, since an earlier version of Tagwerk wrote it; train it again"
    with pytest.raises(tw.UserError, match=line):
        tw.apply(old, toy.files[0])
