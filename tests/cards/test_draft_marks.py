import pytest

from tagwerk.cards import marks
from tagwerk.cards.dataset import Dataset
from tests.conftest import DATASET, run, write_card

TEXT = """# What could not be told is marked CHECK; correct it
title: x  # CHECK: is it?
files: ["a # b.root"]  # checked
event: [event]  #CHECK
# CHECK the classes
"""


@pytest.fixture(autouse=True)
def _anew():
    marks.begin()


def marked(path):
    """The toy dataset's card with marks on two lines."""
    write_card(path, DATASET)
    lines = path.read_text().splitlines()
    lines[0], lines[2] = f"{lines[0]}  # CHECK: is it?", f"{lines[2]}  # CHECK"
    return write_card(path, "\n".join(lines) + "\n")


def test_marks_are_found_by_their_line():
    assert marks.marked_lines(TEXT) == [2, 4, 5]
    assert marks.marked_lines("a: CHECK\nb: '#CHECKED'\n# marked CHECK\n") == []


def test_a_marked_card_says_so_once(tmp_path, capsys):
    path = marked(tmp_path / "mine.yaml")
    Dataset.load(path)
    Dataset.load(path)
    assert capsys.readouterr().err == (
        f"tagwerk: {path}: 2 lines are still marked CHECK (lines 1, 3); correct what they say and take the marks away\n"
    )


def test_a_card_without_marks_says_nothing(tmp_path, capsys):
    Dataset.load(write_card(tmp_path / "mine.yaml", DATASET))
    assert capsys.readouterr().err == ""


def test_one_line_and_many_lines(tmp_path, capsys):
    marks.say_marks(write_card(tmp_path / "one.yaml", "a: 1  # CHECK: b\n"))
    marks.say_marks(write_card(tmp_path / "many.yaml", "a: 1  # CHECK: b\n" * 11))
    one, many = capsys.readouterr().err.splitlines()
    assert "1 line is still marked CHECK (line 1);" in one
    assert "11 lines are still marked CHECK (lines 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, ...);" in many


def test_every_command_says_it_again_and_goes_on(toy, tmp_path, capsys):
    card = tmp_path / "mine.yaml"
    card.write_text(toy.card.read_text() + "# CHECK: is that all?\n")
    for command in (["check", toy.files[0], card], ["ingest", toy.files[0], card, tmp_path / "out"]):
        assert run(*command) == 0
        assert capsys.readouterr().err.count("1 line is still marked CHECK") == 1
