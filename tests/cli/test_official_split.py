"""The official split of a data set, from end to end, and its faults."""

import json

import awkward as ak
import numpy as np
import pytest

from tagwerk.cards.split import SPLITS
from tagwerk.checks.check_result import CheckResult
from tagwerk.records.store import read_records
from tests.conftest import DATASET, TAGGERS, run, toy_branches, write_card, write_root

MARKED = {"selections": {"train": "ttv == 0", "validation": "ttv == 2", "test": "ttv == 1"}}
# Of every five events, of two jets each, three are for training, one for validation, one for testing.
TTV = np.repeat([0, 0, 2, 0, 1], 2)


def marked(count=20, ttv=TTV, first=0):
    return toy_branches(first, count) | {"ttv": np.resize(ttv, count).astype(np.int32)}


@pytest.fixture
def made(tmp_path):
    """A function that writes a file of toy jets and a card with an official split."""

    def make(branches, split=MARKED, **card):
        file = write_root(tmp_path / "toy.root", branches)
        return file, write_card(tmp_path / "toy.yaml", DATASET | {"files": [str(file)], "split": split} | card)

    return make


def events_of(part):
    return {piece: ak.to_numpy(read_records(part, piece).event).tolist() for piece in SPLITS}


def test_the_column_determines_the_piece_of_a_jet(made, tmp_path, capsys):
    file, card = made(marked())
    assert run("check", card, file, "--out", tmp_path / "check.json") == 0
    assert "of the split: train 12, validation 4, test 4" in capsys.readouterr().out
    assert CheckResult.load(tmp_path / "check.json").pieces == {"train": 12, "validation": 4, "test": 4}
    assert run("ingest", card, file, "--out", tmp_path / "part") == 0
    assert {piece: sorted(set(events)) for piece, events in events_of(tmp_path / "part").items()} == {
        "train": [0, 1, 3, 5, 6, 8],
        "validation": [2, 7],
        "test": [4, 9],
    }


def test_several_values_and_columns_can_define_a_piece(made, tmp_path):
    selections = {
        "train": "ttv == 0 or ttv == 2",
        "validation": "ttv == 1 and event < 5",
        "test": "ttv == 1 and event >= 5",
    }
    file, card = made(marked(), {"selections": selections})
    assert run("ingest", card, file, "--out", tmp_path / "part") == 0
    events = events_of(tmp_path / "part")
    assert (len(events["train"]), set(events["validation"]), set(events["test"])) == (16, {4}, {9})


@pytest.mark.parametrize("split", [{"selections": {"train": "ttv != 1", "test": "ttv == 1"}}, "files"])
def test_without_a_validation_piece_a_share_of_the_training_events_is_used(made, tmp_path, split):
    by_files = {"files": {"train": [str(tmp_path / "toy.root")], "test": ["none.root"]}}
    file, card = made(marked(400), (by_files if split == "files" else split) | {"validation_from_train": 0.25})
    assert run("ingest", card, file, "--out", tmp_path / "part") == 0
    events = events_of(tmp_path / "part")
    available = 200 if split == "files" else 160
    assert 0.15 < len(set(events["validation"])) / available < 0.35
    assert not set(events["validation"]) & set(events["train"])
    assert len(events["train"]) + len(events["validation"]) == 2 * available
    assert set(events["test"]) == (set() if split == "files" else set(range(4, 200, 5)))


def with_test(selection):
    return {"split": {"selections": MARKED["selections"] | {"test": selection}}}


@pytest.mark.parametrize("stage", ["check", "ingest"])
@pytest.mark.parametrize(
    ("ttv", "card", "message"),
    [
        (
            np.repeat([0, 0, 1, 2, 3], 2),
            {},
            "error (unsplit, split.selections): 4 of 20 (20 %) jets pass none of",
        ),
        ([0, 1], {}, "error (leaks): 10 of 10 (100 %) events have jets in two pieces of the split, such as one in"),
        ([0], with_test("ttv == 0"), "a jet belongs to the pieces train and test;"),
        ([0], with_test("tvt == 0"), "'tvt'"),
        ([0], with_test("c_pt > 0"), "key 'split.selections.test': branch 'c_pt' holds"),
    ],
)
def test_a_fault_of_the_column_is_refused_in_one_line(made, tmp_path, failed, stage, ttv, card, message):
    file, card = made(marked(ttv=ttv), **card)
    line = failed(stage, card, file, "--out", tmp_path / "out")
    assert line.startswith(f"tagwerk: {file}")
    assert message in line
    assert not (tmp_path / "out").exists()


def test_a_jet_marked_nan_is_in_no_piece(made, tmp_path, failed):
    ttv = np.resize(TTV, 20).astype(float)
    ttv[:2] = np.nan
    file, card = made(toy_branches(0, 20) | {"ttv": ttv})
    assert "2 of 20 (10 %) jets pass none" in failed("ingest", card, file, "--out", tmp_path / "out")


def test_at_level_warning_jets_of_no_piece_are_left_out_and_counted(made, tmp_path):
    file, card = made(marked(ttv=[0, 0, 0, 0, 1, 1, 2, 2, 3, 3]), checks={"unsplit": "warning"})
    assert run("check", card, file, "--out", tmp_path / "check.json") == 0
    check = CheckResult.load(tmp_path / "check.json")
    assert (check.selected, check.left_out, check.pieces["train"]) == (20, 4, 8)
    assert run("ingest", card, file, "--out", tmp_path / "part") == 0
    assert sum(map(len, events_of(tmp_path / "part").values())) == 16


def test_a_file_of_no_piece_or_of_two_pieces_is_not_ingested(made, tmp_path, failed, capsys):
    this, other = [str(tmp_path / "toy.root")], [str(tmp_path / "other.root")]
    file, card = made(marked(), {"files": {"train": other, "validation": other, "test": other}})
    line = failed("ingest", card, file, "--out", tmp_path / "part")
    assert line == f"tagwerk: {card}: key 'split.files': {file} is in none of train, validation and test; add it to one"
    assert run("check", card, file) == 0
    assert "warning (unsplit, split.files): 20 of 20 (100 %)" in capsys.readouterr().out
    file, card = made(marked(), {"files": {"train": this, "validation": other, "test": this}})
    for stage in ("check", "ingest"):
        line = failed(stage, card, file, "--out", tmp_path / "part")
        assert line == f"tagwerk: {card}: key 'split.files': {file} is in train and test; leave it in one of them"


@pytest.fixture
def files(tmp_path):
    """Three files, each one piece of the split, and their card."""
    names = dict(zip(SPLITS, ("train", "val", "test"), strict=True))
    files = {piece: write_root(tmp_path / f"{name}.root", toy_branches(first, 100))
             for (piece, name), first in zip(names.items(), (0, 100, 200), strict=True)}  # fmt: skip
    split = {"files": {piece: [str(file)] for piece, file in files.items()}}
    write_card(tmp_path / "toy.yaml", DATASET | {"files": [str(tmp_path / "*.root")], "split": split})
    return files


def test_a_study_runs_from_one_file_per_piece(files, tmp_path):
    card, summary = tmp_path / "toy.yaml", tmp_path / "summary.json"
    parts = [tmp_path / "jets" / piece for piece in files]
    for file, part in zip(files.values(), parts, strict=True):
        assert run("check", card, file) == 0
        assert run("ingest", card, file, "--out", part) == 0
    for piece, part in zip(files, parts, strict=True):
        assert {name: len(events) for name, events in events_of(part).items()} == dict.fromkeys(SPLITS, 0) | {
            piece: 100
        }
    assert run("summarise", card, "--out", summary, *parts) == 0
    assert {split: sum(counts.values()) for split, counts in json.loads(summary.read_text())["counts"].items()} == (
        dict.fromkeys(SPLITS, 100)
    )
    tagger = write_card(tmp_path / "config/taggers/boosted_trees.yaml", TAGGERS["boosted_trees"])
    write_card(tmp_path / "config/datasets/toy.yaml", card.read_text())
    study = {"title": "Toy", "dataset": "toy", "taggers": ["boosted_trees"], "epochs": 1} | {
        "signal": "wide", "background": "narrow",
    }  # fmt: skip
    study = write_card(tmp_path / "config/studies/toy.yaml", study)
    run_folder = tmp_path / "boosted_trees/seed1"
    for model, options in ((run_folder / "model", []), (tmp_path / "some", ["--training-jets", "60"])):
        assert run("train", *options, tagger, card, summary, *parts, "--out", model, "--epochs", 1) == 0
    assert run("score", run_folder / "model", "--out", run_folder / "scores", *parts) == 0
    scores = ak.from_parquet(run_folder / "scores/scores.parquet")
    assert set(scores.event.tolist()) == set(range(100, 150))
    assert run("compare", study, summary, "--out", tmp_path / "comparison", run_folder) == 0


def test_a_leak_between_files_is_found_and_can_be_accepted(files, tmp_path, failed):
    branches = toy_branches(200, 100)
    branches["event"][:4] = [3, 3, 70, 70]  # of train and of validation
    write_root(files["test"], branches)
    card, summary = tmp_path / "toy.yaml", tmp_path / "summary.json"
    parts = [tmp_path / "jets" / piece for piece in files]
    for file, part in zip(files.values(), parts, strict=True):
        assert run("ingest", card, file, "--out", part) == 0
    line = failed("summarise", card, "--out", summary, *parts)
    assert line.startswith(f"tagwerk: {card}: error (leaks): 2 of 148 (1.4 %) events have jets in two pieces")
    write_card(card, f"{card.read_text()}\nchecks: {{leaks: warning}}\n")
    assert run("summarise", card, "--out", summary, *parts) == 0
    assert json.loads(summary.read_text())["leaks"] == 2


def test_a_piece_without_jets_is_refused(files, tmp_path, failed):
    card, part = tmp_path / "toy.yaml", tmp_path / "part"
    assert run("ingest", card, files["train"], "--out", part) == 0
    line = failed("summarise", card, "--out", tmp_path / "summary.json", part)
    assert line.endswith("no jet of class 'narrow' in the validation split; correct 'split', or add files")
