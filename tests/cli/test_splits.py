"""The random split of events into pieces by ingest, from end to end."""

from pathlib import Path
from shutil import copy

import awkward as ak
import numpy as np
import pytest

from tagwerk.cards.dataset import Dataset
from tagwerk.records.store import read_records
from tests.conftest import DATASET, run, toy_branches, write_card, write_root

FOLDS = {"split": {"folds": 5}}


def events_by_piece(folder, card, *files):
    """The events of each piece, over all files."""
    path = write_card(folder / "toy.yaml", card)
    pieces = {name: [] for name in Dataset.load(path).split.shares()}
    for file in files:
        assert run("ingest", path, file, "--out", folder / f"part_{file.stem}") == 0
        for name, events in pieces.items():
            events.append(ak.to_numpy(read_records(folder / f"part_{file.stem}", name).event))
    return {name: np.concatenate(events).tolist() for name, events in pieces.items()}


@pytest.fixture
def files(tmp_path):
    """Two files, of which the second starts in the middle of the last event of the first."""
    return [
        write_root(tmp_path / f"{name}.root", toy_branches(first, 61)) for name, first in (("early", 0), ("late", 61))
    ]


@pytest.mark.parametrize("card", [DATASET, DATASET | FOLDS])
def test_no_event_is_in_two_pieces_and_none_is_lost(tmp_path, files, card):
    pieces = events_by_piece(tmp_path, card, *files)
    for name, events in pieces.items():
        others = set().union(*(set(pieces[other]) for other in pieces if other != name))
        assert events
        assert not set(events) & others
    assert sorted(event for events in pieces.values() for event in events) == [jet // 2 for jet in range(122)]


@pytest.mark.parametrize("card", [DATASET, DATASET | FOLDS])
def test_pieces_do_not_change_when_files_are_renamed_reordered_and_added(tmp_path, files, card):
    before = events_by_piece(tmp_path / "before", card, *files)
    (tmp_path / "early.root").rename(tmp_path / "zuletzt.root")
    more = write_root(tmp_path / "more.root", toy_branches(122, 40))
    after = events_by_piece(tmp_path / "after", card, more, files[1], tmp_path / "zuletzt.root")
    for name, events in before.items():
        assert set(events) == {event for event in after[name] if event <= 60}


def test_events_with_the_same_number_in_two_files_are_distinguished_by_content(tmp_path):
    card = DATASET | {"event": ["file", "event"]}
    files = [write_root(tmp_path / f"{name}.root", toy_branches(0, 20) | {"jet_mass": np.full(20, mass)})
             for name, mass in (("a", 80.0), ("b", 90.0))]  # fmt: skip
    path = write_card(tmp_path / "toy.yaml", card)
    events = {}
    for file in [*files, Path(copy(files[0], tmp_path / "renamed.root"))]:
        assert run("ingest", path, file, "--out", tmp_path / f"part_{file.stem}") == 0
        parts = [read_records(tmp_path / f"part_{file.stem}", name) for name in ("train", "validation", "test")]
        events[file.stem] = set(ak.concatenate(parts).event.tolist())
    assert len(events["a"]) == len(events["b"]) == 10
    assert not events["a"] & events["b"]
    assert events["renamed"] == events["a"]


def test_every_fold_can_be_the_test_fold_and_no_other(toy, tmp_path, failed):
    card = write_card(tmp_path / "toy.yaml", DATASET | FOLDS)
    for file in toy.files:
        assert run("ingest", card, file, "--out", tmp_path / file.stem) == 0
    parts = [tmp_path / file.stem for file in toy.files]
    for fold in range(5):
        assert run("summarise", card, "--out", tmp_path / f"summary_{fold}.json", *parts, "--fold", fold) == 0
    line = failed("summarise", card, "--out", tmp_path / "summary.json", *parts, "--fold", 5)
    assert line == f"tagwerk: {card}: there is no fold 5; known: 0 to 4"


@pytest.mark.parametrize(("event", "kind"), [(["event"], "f8"), (["run", "event"], "f4"), (["run", "event"], "u4")])
def test_the_piece_of_an_event_does_not_depend_on_the_type_of_its_number(tmp_path, event, kind):
    toy = toy_branches(0, 60) | {"run": np.full(60, 7)}
    typed = toy | {"event": toy["event"].astype(kind)}
    files = [write_root(tmp_path / f"{name}.root", branches) for name, branches in (("integer", toy), ("typed", typed))]
    for events in events_by_piece(tmp_path, DATASET | {"event": event}, *files).values():
        assert events[: len(events) // 2] == events[len(events) // 2 :]


def test_a_fractional_event_number_is_refused(tmp_path, failed):
    toy = toy_branches(0, 20)
    file = write_root(tmp_path / "toy.root", toy | {"event": toy["event"] + 0.5})
    card = write_card(tmp_path / "toy.yaml", DATASET)
    line = failed("ingest", card, file, "--out", tmp_path / "part")
    assert line.startswith(f"tagwerk: {file}, {card}: key 'event': 'event' holds 0.5, not a whole number; ")
