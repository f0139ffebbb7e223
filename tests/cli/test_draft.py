import gzip
import os
from glob import glob
from pathlib import Path

import h5py
import numpy as np
import pytest
import uproot

from tagwerk.cards.dataset import Dataset
from tests.conftest import run
from tests.drafts import files


def test_the_card_goes_to_standard_output_or_to_a_file(toy, tmp_path, capsys):
    card = tmp_path / "card.yaml"
    assert run("draft", toy.files[0], "--out", card) == 0
    assert capsys.readouterr().out == ""
    assert run("draft", toy.files[0]) == 0
    assert capsys.readouterr().out == card.read_text(encoding="utf-8")


def test_an_existing_card_is_kept_unless_forced(toy, tmp_path, failed):
    card = tmp_path / "card.yaml"
    card.write_text("mine")
    assert "file exists; choose another name, or use --force" in failed("draft", toy.files[0], "--out", card)
    assert card.read_text() == "mine"
    assert run("draft", toy.files[0], "--out", card, "--force") == 0
    assert Dataset.load(card).layout == "jets"


def test_after_a_mistake_no_card_is_left(tmp_path, failed):
    failed("draft", tmp_path / "none.root", "--out", tmp_path / "card.yaml")
    assert list(tmp_path.iterdir()) == []


def test_an_unknown_jet_collection_is_named_with_the_nearest(tmp_path, failed):
    assert "no jet collection 'FatJets' with constituents; did you mean 'FatJet'?" in failed(
        "draft", files.nanoaod(tmp_path), "--jets", "FatJets"
    )


def jagged(path):
    with uproot.recreate(path) as file:
        names = [f"jets_{name}" for name in ("pt", "eta", "phi", "mass")]
        file.mktree("events", dict.fromkeys(names, "var * float32"))
        file["events"].extend({name: files.ak.Array([[1.0, 2.0], [3.0]]) for name in names})


def write_histograms(path):
    with uproot.recreate(path) as file:
        file["pt"] = np.histogram([1.0, 2.0])


def write_npz(path):
    with path.open("wb") as file:
        np.savez(file, a=np.ones(3))


def write_cube(path):
    with h5py.File(path, "w") as file:
        file["X"] = np.ones((3, 4, 5))


def write_fixed_format(path):
    files.test_pytables.frame(3).to_hdf(path, key="table", format="fixed")


ODD = {
    "text": (lambda path: path.write_text("pt,eta\n1,2\n"), "is text; Tagwerk reads ROOT trees and HDF5"),
    "binary": (lambda path: path.write_bytes(bytes(range(256))), "is of unknown type"),
    "gzip": (lambda path: path.write_bytes(gzip.compress(b"root")), "is gzip-compressed and must be decompressed"),
    "npz": (write_npz, "no jets with constituents were found in the NumPy arrays: a"),
    "empty": (lambda path: path.touch(), "is empty (0 bytes)"),
    "folder": (lambda path: path.mkdir(), "is a directory; name one of its files"),
    "histograms": (write_histograms, "contains no tree, only TH1D 'pt'"),
    "events": (jagged, "rows of its tree 'events' seem to be events, with lists such as jets_pt, but no links to jets"),
    "cube": (write_cube, "no jets with constituents were found in the HDF5 datasets: X (3, 4, 5)"),
    "fixed": (write_fixed_format, "is in pandas' 'fixed' format; write it with format='table'"),
}  # fmt: skip


@pytest.mark.parametrize("kind", ODD)
def test_a_file_of_another_kind_is_refused_in_one_line(kind, tmp_path, failed):
    make, message = ODD[kind]
    make(tmp_path / "file")
    line = failed("draft", tmp_path / "file")
    assert line.startswith(f"tagwerk: {tmp_path / 'file'}: ")
    assert message in line


@pytest.mark.parametrize("make", [files.tree, files.ftag, files.energyflow, files.nanoaod])
@pytest.mark.parametrize("share", [0.02, 0.3, 0.6, 0.97])
def test_a_truncated_file_is_refused_in_one_line(make, share, tmp_path, failed):
    file = make(tmp_path)
    content = file.read_bytes()
    file.write_bytes(content[: int(share * len(content))])
    line = failed("draft", file)
    assert line.startswith(f"tagwerk: {file}: ")
    assert "truncated" in line or "damaged" in line


@pytest.mark.parametrize(
    "name",
    [
        "[1].root", "a: b.root", "a #b.root", "-x.root", "=1+1.root", "@.root", "üß.root", "a'b.root", 'a"b.root',
        "*.root", "a\u2028b.root", f"{'$' * 240}.root",
    ],
)  # fmt: skip
def test_any_file_name_appears_unchanged_in_the_card(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    file = files.tree(tmp_path, is_wide=None).rename(tmp_path / name)
    assert run("draft", "--out", "card.yaml", "--", name) == 0
    background, _ = Dataset.load(tmp_path / "card.yaml").classes
    assert [Path(match).resolve() for match in glob(background.files[0])] == [file]
    assert Dataset.load(tmp_path / "card.yaml").contents_of([Path(name)])[0].classes == [True, False]


def test_brackets_in_a_folder_name_are_not_a_pattern(tmp_path):
    (tmp_path / "[ab]").mkdir()
    assert run("draft", files.tree(tmp_path / "[ab]", is_wide=None), "--out", tmp_path / "card.yaml") == 0
    _, signal = Dataset.load(tmp_path / "card.yaml").classes
    other = files.tree(tmp_path / "[ab]").rename(tmp_path / "[ab]/signal_1.root")
    assert glob(signal.files[0]) == [str(other)]


def test_a_file_name_that_is_not_utf8_is_refused(tmp_path, failed):
    path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff.root"))
    files.tree(tmp_path).rename(path)
    assert "is not UTF-8; rename it" in failed("draft", path, "--out", tmp_path / "card.yaml")
