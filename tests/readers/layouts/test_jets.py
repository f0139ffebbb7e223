import awkward as ak
import numpy as np
import pytest
import uproot

from tagwerk.cards.dataset import Dataset
from tagwerk.errors import UserError
from tagwerk.readers.branches import branches
from tagwerk.readers.layouts.jets import entries
from tests.conftest import DATASET, changed, toy_branches, write_root
from tests.readers.layouts.reading import error_message, fields, read

CARD = Dataset.model_validate(DATASET)


def test_values_are_uproots(toy):
    (jets,) = read(toy.files[0], CARD)
    tree = uproot.open(toy.files[0])["jets"].arrays()
    assert set(ak.fields(jets)) == fields(CARD)
    for name in branches(CARD):
        assert ak.array_equal(jets[name], tree[name])


def test_branches_are_all_those_of_the_card_without_duplicates():
    card = Dataset.model_validate(
        changed(DATASET, "selection", "jet_pt > 500 and abs(jet_area) < 2")
        | {"event": ["run", "event"], "jet": DATASET["jet"] | {"extra": {"b": "jet_btag"}}}
    )
    jet = ["jet_pt", "jet_eta", "jet_phi", "jet_mass", "jet_btag"]
    constituents = ["c_pt", "c_eta", "c_phi", "c_energy", "c_charge"]
    assert branches(card) == ["run", "event", *jet, *constituents, "jet_area", "is_wide"]


@pytest.mark.parametrize("step", [1, 7, 50, 99, 100, 1000])
def test_reading_in_steps_gives_the_same_as_at_once(toy, step):
    (at_once,) = read(toy.files[0], CARD)
    parts = list(read(toy.files[0], CARD, step))
    assert [len(part) for part in parts[:-1]] == [step] * (len(parts) - 1)
    assert ak.array_equal(ak.concatenate(parts), at_once)


def test_entries_are_counted_before_any_selection(toy):
    assert entries(toy.files[0], Dataset.model_validate(changed(DATASET, "selection", "jet_pt < 0"))) == 100


def test_a_missing_file_is_named(tmp_path):
    assert "no such file" in error_message(tmp_path / "toy.root", CARD)


def test_an_empty_file_is_named(tmp_path):
    file = tmp_path / "toy.root"
    file.touch()
    assert "is empty (0 bytes)" in error_message(file, CARD)


@pytest.mark.parametrize("text", ["event,jet_pt\n1,500\n", "root", "x" * 5000])
def test_a_file_that_is_not_root_is_refused(tmp_path, text):
    file = tmp_path / "toy.root"
    file.write_text(text)
    assert "cannot be read as a ROOT file" in error_message(file, CARD)


def test_a_directory_is_refused(tmp_path):
    error_message(tmp_path, CARD)


@pytest.mark.parametrize("share", [0.01, 0.1, 0.5, 0.9, 0.99])
def test_a_truncated_file_is_refused(toy, tmp_path, share):
    file = tmp_path / "toy.root"
    content = toy.files[0].read_bytes()
    file.write_bytes(content[: int(share * len(content))])
    assert "truncated" in error_message(file, CARD) or "damaged" in error_message(file, CARD)


@pytest.mark.parametrize("seed", range(6))
def test_a_file_with_a_damaged_stretch_is_refused_or_gives_all_jets(toy, tmp_path, seed):
    file = tmp_path / "toy.root"
    content = bytearray(toy.files[0].read_bytes())
    start = np.random.default_rng(seed).integers(100, len(content) - 600)
    content[start : start + 500] = b"\xa5" * 500
    file.write_bytes(content)
    try:
        jets = sum(map(len, read(file, CARD)))
    except UserError:
        assert error_message(file, CARD)
    else:
        assert jets == 100


def test_a_missing_tree_is_named_with_the_nearest(tmp_path):
    file = write_root(tmp_path / "toy.root", toy_branches(0, 10), tree="jet")
    assert "there is no tree 'jets'; did you mean 'jet'?" in error_message(file, CARD)


def test_an_object_that_is_not_a_tree_is_refused(tmp_path):
    file = tmp_path / "toy.root"
    with uproot.recreate(file) as root:
        root["jets"] = np.histogram([1, 2, 3])
    assert "'jets' is not a tree" in error_message(file, CARD) or "no tree 'jets'" in error_message(file, CARD)


def test_a_tree_in_a_folder_is_read(tmp_path):
    file = write_root(tmp_path / "toy.root", toy_branches(0, 10), tree="nominal/jets")
    (jets,) = read(file, Dataset.model_validate(DATASET | {"tree": "nominal/jets"}))
    assert len(jets) == 10


def test_a_missing_branch_is_named_with_the_nearest(toy):
    line = error_message(toy.files[0], Dataset.model_validate(changed(DATASET, "jet.pt", "jet_pT")))
    assert "tree 'jets' has no branch 'jet_pT'; did you mean 'jet_pt'?" in line


def test_a_branch_missing_from_a_selection_is_named_too(toy):
    line = error_message(toy.files[0], Dataset.model_validate(changed(DATASET, "selection", "is_wid == 1")))
    assert "has no branch 'is_wid'; did you mean 'is_wide'?" in line


def test_a_tree_without_entries_gives_no_jets(tmp_path):
    file = write_root(tmp_path / "toy.root", toy_branches(0, 10) | {"event": np.array([], int)})
    (jets,) = read(file, CARD)
    assert (len(jets), entries(file, CARD)) == (0, 0)
    assert set(ak.fields(jets)) == fields(CARD)


def test_an_rntuple_reads_like_a_tree_and_its_missing_branches_are_named(tmp_path):
    values = toy_branches(0, 20)
    file = tmp_path / "toy.root"
    with uproot.recreate(file) as root:
        root.mkrntuple("jets", values)
    (jets,) = read(file, CARD)
    assert ak.array_equal(jets.c_pt, values["c_pt"])
    assert "did you mean 'jet_pt'?" in error_message(file, Dataset.model_validate(changed(DATASET, "jet.pt", "jet_pT")))
