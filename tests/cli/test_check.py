import json

import awkward as ak
import numpy as np
import pytest

from tagwerk.checks.check_result import CheckResult
from tagwerk.records.store import read_records
from tests.conftest import DATASET, changed, run, toy_branches, write_card, write_root


@pytest.fixture
def made(tmp_path):
    """A function that writes a file of toy jets with some branches replaced, and a card."""

    def make(card=DATASET, **branches):
        file = write_root(tmp_path / "bad.root", toy_branches(0, 20) | branches)
        return file, write_card(tmp_path / "toy.yaml", card)

    return make


def broken(name, jet, value):
    """A branch of lists in which the first value of one jet is replaced."""
    lists = toy_branches(0, 20)[name].tolist()
    lists[jet][0] = value
    return ak.values_astype(ak.Array(lists), np.float32)


def test_a_check_prints_a_table_and_writes_it_as_json(toy, tmp_path, capsys):
    assert run("check", toy.card, toy.files[0], "--out", tmp_path / "check.json") == 0
    table = capsys.readouterr().out
    assert f"{toy.files[0]}: 100 jets, of which 100 pass the selections" in table
    assert "of the classes: narrow 50, wide 50" in table
    assert "note (empty_jets, constituents): " in table
    check = CheckResult.load(tmp_path / "check.json")
    assert json.loads((tmp_path / "check.json").read_text())["classes"] == {"narrow": 50, "wide": 50}
    for variable in check.variables:
        assert f"{variable.name} " in table


def test_errors_stop_with_one_line_and_leave_nothing(made, tmp_path, failed):
    file, card = made(c_eta=broken("c_eta", 1, np.nan))
    for stage in (
        ("check", card, file, "--out", tmp_path / "out.json"),
        ("ingest", card, file, "--out", tmp_path / "out"),
    ):
        line = failed(*stage)
        assert line.startswith(
            f"tagwerk: {file}, {card}: error (not_finite, constituents.eta): 1 of 20 (5 %) jets have NaN"
        )
        assert sorted(path.name for path in tmp_path.iterdir()) == ["bad.root", "toy.yaml"]


def test_ingest_makes_the_same_check_in_its_own_pass(toy, tmp_path, capsys):
    assert run("check", toy.card, toy.files[0], "--out", tmp_path / "alone.json") == 0
    table = capsys.readouterr().out
    assert run("ingest", toy.card, toy.files[0], "--out", tmp_path / "part", "--check", tmp_path / "check.json") == 0
    assert capsys.readouterr().out == table
    assert (tmp_path / "check.json").read_bytes() == (tmp_path / "alone.json").read_bytes()


def test_ingest_with_a_check_leaves_nothing_after_an_error(made, tmp_path, failed):
    file, card = made(c_eta=broken("c_eta", 1, np.nan))
    assert "error (not_finite, constituents.eta)" in failed(
        "ingest", card, file, "--out", tmp_path / "out", "--check", tmp_path / "check.json"
    )
    assert sorted(path.name for path in tmp_path.iterdir()) == ["bad.root", "toy.yaml"]


def test_at_level_warning_faulty_jets_are_left_out_and_counted(made, tmp_path):
    file, card = made(DATASET | {"checks": {"not_finite": "warning"}}, c_eta=broken("c_eta", 1, np.nan))
    assert run("check", card, file, "--out", tmp_path / "check.json") == 0
    assert run("ingest", card, file, "--out", tmp_path / "part") == 0
    check = CheckResult.load(tmp_path / "check.json")
    assert (check.jets, check.selected, check.left_out) == (20, 20, 1)
    records = ak.concatenate([read_records(tmp_path / "part", split) for split in ("train", "validation", "test")])
    assert len(records) == 19
    assert ak.all(np.isfinite(ak.flatten(records.constituents.eta)))


def test_a_note_can_be_made_an_error(made, tmp_path, failed):
    file, card = made(DATASET | {"checks": {"empty_jets": "error"}})
    assert "error (empty_jets, constituents): 4 of 20" in failed("ingest", card, file, "--out", tmp_path / "part")


def test_several_errors_are_reported_at_once(made, tmp_path, capsys):
    file, card = made(jet_pt=np.linspace(5e5, 6e5, 20), jet_phi=np.linspace(0, 300, 20))
    assert run("check", card, file) == 2
    message = [line for line in capsys.readouterr().err.splitlines() if line.startswith(("tagwerk:", str(file)))]
    assert [line.split("error (")[1].split(")")[0] for line in message] == ["units, jet.pt", "angles, jet.phi"]


def test_a_file_without_selected_jets_can_be_accepted(made, tmp_path):
    card = changed(DATASET, "selection", "jet_pt < 0") | {"checks": {"no_jets": "warning"}}
    assert run("ingest", *reversed(made(card)), "--out", tmp_path / "part") == 0
    assert sum(len(read_records(tmp_path / "part", split)) for split in ("train", "validation", "test")) == 0


EMPTY = {name: values[:0] for name, values in toy_branches(0, 20).items()}


@pytest.mark.parametrize(("selection", "branches"), [(None, EMPTY), ("jet_pt < 0", {})])
def test_a_file_without_rows_is_refused_like_one_without_selected_jets(made, tmp_path, failed, selection, branches):
    file, card = made(changed(DATASET, "selection", selection), **branches)
    for stage in (("check", card, file), ("ingest", card, file, "--out", tmp_path / "part")):
        assert "error (no_jets): no jet passes the selections" in failed(*stage)


def test_a_file_without_rows_can_be_accepted_among_others(made, toy, tmp_path):
    file, card = made(DATASET | {"checks": {"no_jets": "note"}}, **EMPTY)
    assert run("check", card, file, "--out", tmp_path / "check.json") == 0
    check = CheckResult.load(tmp_path / "check.json")
    assert (check.jets, check.selected, check.classes) == (0, 0, {"narrow": 0, "wide": 0})
    assert run("ingest", card, file, "--out", tmp_path / "part") == 0
    assert sum(len(read_records(tmp_path / "part", split)) for split in ("train", "validation", "test")) == 0
    assert run("ingest", card, toy.files[0], "--out", tmp_path / "good") == 0
    assert run("summarise", card, "--out", tmp_path / "one.json", tmp_path / "good") == 0
    assert run("summarise", card, "--out", tmp_path / "two.json", tmp_path / "good", tmp_path / "part") == 0
    one, two = (json.loads((tmp_path / f"{name}.json").read_text()) for name in ("one", "two"))
    assert one["moments"] == two["moments"]


@pytest.mark.parametrize(
    ("content", "reason"), [(None, "no such file; run `tagwerk check`"), ("{}", "not the result of a check")]
)
def test_a_file_that_is_not_a_check_is_refused(tmp_path, content, reason):
    from tagwerk.errors import UserError

    if content is not None:
        (tmp_path / "check.json").write_text(content)
    with pytest.raises(UserError, match=reason):
        CheckResult.load(tmp_path / "check.json")
