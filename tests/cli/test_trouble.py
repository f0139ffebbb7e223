"""Files and results when something goes wrong outside Tagwerk."""

import os
import shutil
import subprocess

import awkward as ak
import numpy as np
import pytest
import uproot

from tagwerk.cards.dataset import Dataset
from tagwerk.cards.input_columns import schema_of
from tagwerk.cards.tagger import Inputs
from tagwerk.training.loading import load_jets
from tests.conftest import DATASET, run, toy_branches, write_card, write_root

NOBODY = 65534


@pytest.fixture
def file(tmp_path):
    return write_root(tmp_path / "in/toy.root", toy_branches(0, 2000))


@pytest.fixture(autouse=True)
def folder(tmp_path):
    (tmp_path / "in").mkdir()


@pytest.fixture
def card(tmp_path):
    return write_card(tmp_path / "in/toy.yaml", DATASET)


@pytest.fixture
def small_disk(tmp_path):
    """A file system of 64 KiB."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", disk], capture_output=True, text=True)
    if mounted.returncode:
        pytest.skip(f"cannot mount a small file system: {mounted.stderr.strip()}")
    yield disk
    subprocess.run(["umount", "--lazy", disk], check=True)


def test_a_full_disk_gives_one_line_and_leaves_nothing(file, card, small_disk, failed):
    line = failed("ingest", card, file, "--out", small_disk / "part")
    assert line == f"tagwerk: {small_disk / 'part'}: No space left on device"
    assert list(small_disk.iterdir()) == []


def test_on_a_full_disk_the_previous_output_is_kept(file, card, small_disk, failed, tmp_path):
    few = write_root(tmp_path / "in/few.root", toy_branches(0, 20))
    assert run("ingest", card, few, "--out", small_disk / "part") == 0
    before = {path.name: path.read_bytes() for path in (small_disk / "part").iterdir()}
    failed("ingest", card, file, "--out", small_disk / "part")
    assert {path.name: path.read_bytes() for path in (small_disk / "part").iterdir()} == before


def test_a_folder_without_write_permission_is_named(file, card, tmp_path, failed):
    locked = tmp_path / "locked"
    assert run("ingest", card, file, "--out", tmp_path / "warm") == 0  # so that all imports are done
    locked.mkdir(mode=0o555)
    root = os.geteuid() == 0
    if root:
        for path in (folder for folder in (tmp_path, *tmp_path.parents) if "pytest-of-" in str(folder)):
            path.chmod(0o755)
        os.seteuid(NOBODY)
    try:
        line = failed("ingest", card, file, "--out", locked / "part")
    finally:
        if root:
            os.seteuid(0)
    assert line.startswith(f"tagwerk: {locked}/")
    assert line.endswith(": Permission denied")
    assert list(locked.iterdir()) == []


def test_a_file_that_vanishes_between_check_and_ingest_is_named(file, card, tmp_path, failed):
    assert run("check", card, file, "--out", tmp_path / "check.json") == 0
    file.unlink()
    assert failed("ingest", card, file, "--out", tmp_path / "part").startswith(f"tagwerk: {file}: no such file")
    assert not (tmp_path / "part").exists()


def test_a_file_that_shrinks_between_check_and_ingest_is_refused(file, card, tmp_path, failed):
    assert run("check", card, file, "--out", tmp_path / "check.json") == 0
    content = file.read_bytes()
    file.write_bytes(content[: len(content) // 2])
    line = failed("ingest", card, file, "--out", tmp_path / "part")
    assert line.startswith(f"tagwerk: {file}: ")
    assert "truncated" in line or "damaged" in line
    assert not (tmp_path / "part").exists()


def test_ten_thousand_constituents_are_truncated_with_a_warning(card, tmp_path, capsys):
    branches = toy_branches(0, 20)
    lists = {name: values.tolist() for name, values in branches.items() if name.startswith("c_")}
    for values in lists.values():
        values[3] = np.linspace(1, 2, 10_000).tolist()

    long = write_root(tmp_path / "in/long.root", branches | {name: ak.Array(values) for name, values in lists.items()})
    assert run("check", card, long) == 0
    assert "'max_length: 200', up to 10,000; ingest drops the last ones" in capsys.readouterr().out
    assert run("ingest", card, long, "--out", tmp_path / "part") == 0
    shutil.rmtree(tmp_path / "part")


def test_a_jet_without_constituents_is_kept_with_an_empty_mask(tmp_path):
    card = write_card(tmp_path / "in/toy.yaml", DATASET | {"checks": {"inverted": "note"}})
    branches = toy_branches(0, 20)
    empty = {name: values[:, :0] for name, values in branches.items() if isinstance(values, ak.Array)}
    file = write_root(tmp_path / "in/empty.root", branches | empty)
    assert run("ingest", card, file, "--out", tmp_path / "part") == 0
    schema = schema_of(Dataset.load(card), Inputs(sequences={"constituents": ["log_pt", "charge"]}))
    jets = load_jets([tmp_path / "part"], ["train", "validation", "test"], schema)
    inputs = jets.inputs(np.arange(20), 3)
    assert not inputs["constituents_mask"].any()
    assert (inputs["constituents"] == 0).all()
    assert np.isfinite(inputs["jet"]).all()


@pytest.mark.parametrize(("name", "kind"), [("jet_mass", "a number"), ("c_energy", "a list of numbers")])
def test_a_branch_of_strings_instead_of_numbers_is_named(card, tmp_path, failed, name, kind):
    branches = toy_branches(0, 4) | {name: ak.Array(["a", "b", "c", "d"])}
    file = tmp_path / "in/words.root"
    with uproot.recreate(file) as root:
        root.mkrntuple("jets", branches)
    line = failed("ingest", card, file, "--out", tmp_path / "part")
    assert line == f"tagwerk: {file}, {card}: branch '{name}' holds string per jet, not {kind}; correct the card"
    assert not (tmp_path / "part").exists()
