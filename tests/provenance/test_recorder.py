"""Every result of a command gets its provenance, in the same moment and without a change of its bytes."""

import hashlib
import json
import socket
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tagwerk.cards.dataset import Dataset
from tagwerk.errors import UserError
from tagwerk.files import atomic_write
from tagwerk.provenance.commit import current_commit
from tagwerk.provenance.recorder import recorded
from tagwerk.provenance.versions import versions
from tests.conftest import Toy
from tests.provenance.commands import provenance_of, write

X = hashlib.sha256(b"x").hexdigest()


def sources(result):
    return {each.argument: [source.path for source in each.sources] for each in provenance_of(result).inputs}


def test_a_result_says_what_made_it_where_and_when(tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "argv", ["/usr/bin/tagwerk", "summarise", "--out", "a b"])
    before = datetime.now(UTC)
    found = provenance_of(write("summarise", tmp_path / "summary.json"))
    assert (found.result, found.stage) == (str(tmp_path / "summary.json"), "summarise")
    assert found.command == "tagwerk summarise --out 'a b'"
    assert (found.commit, found.versions) == (current_commit(), versions())
    assert found.machine.host == socket.gethostname()
    assert abs(found.started - before) < timedelta(seconds=60)
    assert 0 < found.seconds < 60


def test_a_file_and_a_directory_have_the_checksums_of_their_files(tmp_path):
    file, folder = write("summarise", tmp_path / "a.txt"), write("train", tmp_path / "model")
    assert provenance_of(file).outputs == {"a.txt": X}
    assert provenance_of(file).digest == X
    assert provenance_of(folder).outputs == {"a.txt": X, "below/b.txt": X}
    assert provenance_of(folder).digest == hashlib.sha256(f"{X}  a.txt\n{X}  below/b.txt\n".encode()).hexdigest()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.txt", "a.txt.provenance.json", "model"]
    assert sorted(path.name for path in folder.iterdir()) == ["a.txt", "below", "provenance.json"]


def test_a_result_can_be_replaced_with_its_provenance(tmp_path):
    for content in ("x", "y"):
        for name in ("a.txt", "model"):
            write("train", tmp_path / name, content)
    assert provenance_of(tmp_path / "a.txt").digest == hashlib.sha256(b"y").hexdigest()
    assert provenance_of(tmp_path / "model").outputs["a.txt"] == hashlib.sha256(b"y").hexdigest()


def test_there_is_no_result_without_provenance(tmp_path):
    (tmp_path / "a.txt.provenance.json/in the way").mkdir(parents=True)
    with pytest.raises(UserError):
        write("summarise", tmp_path / "a.txt")
    assert not (tmp_path / "a.txt").exists()


def test_a_command_that_fails_leaves_no_provenance(tmp_path):
    def command(out: Path) -> None:
        with atomic_write(out) as draft:
            draft.write_text("x")
            raise UserError("no")

    with pytest.raises(UserError, match="no"):
        recorded("summarise", command)(out=tmp_path / "a.txt")
    assert list(tmp_path.iterdir()) == []


def test_both_outputs_of_a_command_have_it_and_no_other_file(tmp_path):
    def command(out: Path, check: Path) -> None:
        for path in (tmp_path / "checkpoint.npz", out, check):
            with atomic_write(path) as draft:
                draft.write_text("x")

    recorded("ingest", command)(out=tmp_path / "a.txt", check=tmp_path / "b.json")
    assert len(list(tmp_path.glob("*.provenance.json"))) == 2
    assert provenance_of(tmp_path / "a.txt").started == provenance_of(tmp_path / "b.json").started


@pytest.mark.parametrize("stage", ["fetch", "draft"])
def test_what_is_input_itself_gets_none(tmp_path, stage):
    write(stage, tmp_path / "a.txt")
    assert [path.name for path in tmp_path.iterdir()] == ["a.txt"]


def test_input_files_have_a_checksum_a_size_and_a_date(tmp_path):
    (tmp_path / "a.root").write_text("xyz")
    [inputs] = provenance_of(write("ingest", tmp_path / "part", files=[tmp_path / "a.root"])).inputs
    [source] = inputs.sources
    assert (inputs.argument, inputs.count, inputs.listed_in) == ("files", 1, None)
    assert (source.path, source.size) == (str(tmp_path / "a.root"), 3)
    assert source.sha256 == hashlib.sha256(b"xyz").hexdigest()
    assert inputs.sha256 == hashlib.sha256(f"{source.sha256}  {tmp_path / 'a.root'}\n".encode()).hexdigest()
    assert source.modified is not None
    assert datetime.now(UTC) - source.modified < timedelta(minutes=1)


def test_inputs_are_those_at_the_start_of_the_command(tmp_path):
    """Who replaces a file while a training goes on does not change what it was made of."""
    summary = write("summarise", tmp_path / "summary.txt")

    def command(summary: Path, out: Path) -> None:
        summary.write_text("y")
        with atomic_write(out) as draft:
            draft.write_text("z")

    recorded("train", command)(summary=summary, out=tmp_path / "model.txt")
    [inputs] = provenance_of(tmp_path / "model.txt").inputs
    assert inputs.sources[0].sha256 == X


def test_cards_and_options_are_no_inputs(tmp_path, config: Toy):
    (tmp_path / "top").mkdir()
    given = {"card": Path("top"), "study": config.study, "seed": 7, "fold": 0, "features": "all", "summary": None}
    result = write("train", tmp_path / "model", **given)
    assert provenance_of(result).inputs == []
    assert provenance_of(result).seeds == {"train --seed": 7}


def test_card_and_file_may_be_swapped(tmp_path, config: Toy):
    (tmp_path / "a.root").write_text("x")
    result = write("check", tmp_path / "check.json", card=tmp_path / "a.root", file=config.card)
    assert sources(result) == {"card": [str(tmp_path / "a.root")]}


def test_a_card_is_recorded_as_it_was_read(tmp_path, config: Toy):
    before = config.card.read_text()

    def command(out: Path) -> None:
        Dataset.load(config.card)
        config.card.write_text(before + "# edited during the training\n")
        with atomic_write(out) as draft:
            draft.write_text("x")

    recorded("train", command)(out=tmp_path / "a.txt")
    assert provenance_of(tmp_path / "a.txt").cards == {str(config.card): before}


def test_a_list_of_parts_is_followed_and_a_folder_of_results_opened(tmp_path):
    parts = [write("ingest", tmp_path / f"jets/{index}") for index in range(2)]
    (tmp_path / "parts.txt").write_text("".join(f"{part}\n" for part in parts))
    for name in ("model", "scores", "robustness.json"):
        write("train", tmp_path / "seed1" / name)
    listed = Path(f"@{tmp_path}/parts.txt")
    result = write("compare", tmp_path / "comparison", parts=[listed], runs=[tmp_path / "seed1"])
    assert sources(result) == {
        "parts": list(map(str, parts)),
        "runs": [str(tmp_path / "seed1" / name) for name in ("model", "robustness.json", "scores")],
    }
    assert provenance_of(result).inputs[0].listed_in == str(tmp_path / "parts.txt")


def test_very_many_parts_are_counted_and_not_listed(tmp_path):
    parts = [tmp_path / f"{index}.txt" for index in range(201)]
    for part in parts:
        part.write_text("x")
    few, many = (write("train", tmp_path / f"{count}", parts=parts[:count]) for count in (200, 201))
    assert len(provenance_of(few).inputs[0].sources) == 200
    assert provenance_of(many).inputs[0].sources == ()
    assert provenance_of(many).inputs[0].count == 201
    assert (many / "provenance.json").stat().st_size < 4000


def test_missing_inputs_are_left_to_the_command(tmp_path):
    result = write("ingest", tmp_path / "a.txt", files=[tmp_path / "missing.root"], parts=[Path("@missing.txt")])
    assert sources(result) == {"files": [str(tmp_path / "missing.root")], "parts": []}
    assert provenance_of(result).inputs[0].sources[0].sha256 is None


def test_tokens_passwords_and_the_home_directory_are_not_recorded(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    url = "root://me:secret@host//a.root?authz=token"
    monkeypatch.setattr(sys, "argv", ["tagwerk", "ingest", url, str(tmp_path / "home/a.root")])
    (tmp_path / "home").mkdir()
    (tmp_path / "home/a.root").write_text("x")
    result = write("ingest", tmp_path / "home/part.txt", files=[Path(url), tmp_path / "home/a.root"])
    text = (tmp_path / "home/part.txt.provenance.json").read_text()
    assert not any(secret in text for secret in ("secret", "token", str(tmp_path / "home")))
    assert provenance_of(result).result == "~/part.txt"


def test_other_programs_read_it(tmp_path):
    """As JSON, in which no key is twice: the file's own checksum has keys, too."""
    write("train", tmp_path / "model")

    def unique(pairs):
        assert len(dict(pairs)) == len(pairs)
        return dict(pairs)

    content = json.loads((tmp_path / "model/provenance.json").read_text(), object_pairs_hook=unique)
    assert content["outputs"] == {"a.txt": X, "below/b.txt": X}
