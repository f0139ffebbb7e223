"""An input file that changes while it is read."""

import os
import shutil

import pytest

from tagwerk.readers.reading import JetReader
from tests.conftest import DATASET, run, toy_branches, write_card, write_root


def grow(file, other):
    with file.open("ab") as end:
        end.write(b"more")


def replace(file, other):
    other.replace(file)


def shorten(file, other):
    os.truncate(file, file.stat().st_size // 2)


def overwrite(file, other):
    shutil.copy(other, file)


def remove(file, other):
    file.unlink()


@pytest.mark.parametrize("change", [grow, replace, shorten, overwrite, remove])
def test_a_file_that_changes_while_it_is_read_is_refused(tmp_path, monkeypatch, capsys, change):
    card = write_card(tmp_path / "toy.yaml", DATASET)
    file = write_root(tmp_path / "toy_0.root", toy_branches(0, 200))
    other = write_root(tmp_path / "other.root", toy_branches(200, 100))
    add, read = JetReader._add, []

    def add_and_change(self, branches):
        jets = add(self, branches)
        if not read:
            change(file, other)
        read.append(len(branches))
        return jets

    monkeypatch.setattr(JetReader, "_add", add_and_change)
    assert run("ingest", card, file, "--out", tmp_path / "part") == 2
    assert read  # some jets, before the change
    (line,) = (line for line in capsys.readouterr().err.splitlines() if line.startswith("tagwerk: "))
    assert line.startswith(f"tagwerk: {file}: changed while it was read; wait until it is complete, and run again")
    assert not (tmp_path / "part").exists()


def test_a_file_that_is_complete_again_is_read(tmp_path, monkeypatch):
    card = write_card(tmp_path / "toy.yaml", DATASET)
    file = write_root(tmp_path / "toy_0.root", toy_branches(0, 200))
    whole = file.read_bytes()
    file.write_bytes(whole[:1000])
    assert run("ingest", card, file, "--out", tmp_path / "part") == 2
    file.write_bytes(whole)
    assert run("ingest", card, file, "--out", tmp_path / "part") == 0
