import pytest

from tagwerk.cards import draft_marks
from tagwerk.cards.dataset import Dataset
from tests.conftest import DATASET, run, write_card

TEXT = """# Guesses are marked CHECK; correct them
title: x  # CHECK: is it?
files: ["a # b.root"]  # checked
event: [event]  #CHECK
# CHECK the classes
"""


@pytest.fixture(autouse=True)
def _reset():
    draft_marks.reset_warnings()


def marked(path):
    """Write the toy dataset's card with marks on two lines."""
    write_card(path, DATASET)
    lines = path.read_text().splitlines()
    lines[0], lines[2] = f"{lines[0]}  # CHECK: is it?", f"{lines[2]}  # CHECK"
    return write_card(path, "\n".join(lines) + "\n")


def test_marks_are_found_by_their_line():
    assert draft_marks.marked_lines(TEXT) == [2, 4, 5]
    assert draft_marks.marked_lines("a: CHECK\nb: '#CHECKED'\n# marked CHECK\n") == []


def test_a_marked_card_warns_once(tmp_path, capsys):
    path = marked(tmp_path / "mine.yaml")
    Dataset.load(path)
    Dataset.load(path)
    assert capsys.readouterr().err == (
        f"tagwerk: {path}: 2 lines are still marked CHECK (lines 1, 3); check them and remove the marks\n"
    )


def test_a_card_without_marks_does_not_warn(tmp_path, capsys):
    Dataset.load(write_card(tmp_path / "mine.yaml", DATASET))
    assert capsys.readouterr().err == ""


def test_the_warning_lists_at_most_ten_lines(tmp_path, capsys):
    draft_marks.warn_about_marks(write_card(tmp_path / "one.yaml", "a: 1  # CHECK: b\n"))
    draft_marks.warn_about_marks(write_card(tmp_path / "many.yaml", "a: 1  # CHECK: b\n" * 11))
    one, many = capsys.readouterr().err.splitlines()
    assert "1 line is still marked CHECK (line 1);" in one
    assert "11 lines are still marked CHECK (lines 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, ...);" in many


def test_every_command_warns_again_and_continues(toy, tmp_path, capsys):
    card = tmp_path / "mine.yaml"
    card.write_text(toy.card.read_text() + "# CHECK: is that all?\n")
    for command in (["check", card, toy.files[0]], ["ingest", card, toy.files[0], "--out", tmp_path / "out"]):
        assert run(*command) == 0
        assert capsys.readouterr().err.count("1 line is still marked CHECK") == 1
