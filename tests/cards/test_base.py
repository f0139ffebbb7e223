import re

import pytest

from tagwerk.cards.base import Card, nearest
from tagwerk.errors import UserError
from tests.conftest import write_card


class Tea(Card):
    kind: str
    minutes: int = 3


def mistakes(path, card=None):
    """The lines of what `load` says."""
    if card is not None:
        write_card(path, card)
    with pytest.raises(UserError) as mistake:
        Tea.load(path)
    return str(mistake.value).splitlines()


def test_a_good_card_gives_its_values_and_the_defaults(tmp_path):
    tea = Tea.load(write_card(tmp_path / "tea.yaml", {"kind": "green"}))
    assert (tea.kind, tea.minutes) == ("green", 3)


def test_an_unknown_key_is_named_with_its_value_and_the_nearest(tmp_path):
    path = tmp_path / "tea.yaml"
    assert mistakes(path, {"kind": "green", "minute": 4}) == [
        f"{path}: unknown key 'minute' (value 4); did you mean 'minutes'?"
    ]


def test_far_from_every_key_all_are_listed(tmp_path):
    (line,) = mistakes(tmp_path / "tea.yaml", {"kind": "green", "xyz": 4})
    assert line.endswith("known are: kind, minutes")


def test_a_missing_key_is_named(tmp_path):
    path = tmp_path / "tea.yaml"
    assert mistakes(path, {"minutes": 4}) == [f"{path}: key 'kind' is missing; add it"]


@pytest.mark.parametrize("value", ["long", 2.5, [3], {"a": 1}, None])
def test_a_value_of_the_wrong_type_is_named_with_its_key(tmp_path, value):
    path = tmp_path / "tea.yaml"
    (line,) = mistakes(path, {"kind": "green", "minutes": value})
    assert line.startswith(f"{path}: key 'minutes': ")
    assert line.endswith(f", not {value!r}")


def test_every_mistake_has_a_line_of_its_own(tmp_path):
    assert len(mistakes(tmp_path / "tea.yaml", {"kind": 1, "minutes": "long"})) == 2


def test_a_missing_file_is_named_with_the_nearest_beside_it(tmp_path):
    write_card(tmp_path / "tea.yaml", {"kind": "green"})
    path = tmp_path / "tee.yaml"
    assert mistakes(path) == [f"{path}: no such card; did you mean 'tea'?"]


@pytest.mark.parametrize("text", ["", "- kind\n- green\n", "green\n", "42\n"])
def test_what_is_no_mapping_is_refused(tmp_path, text):
    (line,) = mistakes(tmp_path / "tea.yaml", text)
    assert "tea.yaml: a card is a mapping of keys to values" in line


@pytest.mark.parametrize("text", ["kind: [green", "kind: 'green", "\tkind: green", "kind: green: tea"])
def test_what_is_no_yaml_is_refused_in_one_line_with_its_place(tmp_path, text):
    (line,) = mistakes(tmp_path / "tea.yaml", text)
    assert re.search(r"tea.yaml: not valid YAML: .*line \d", line)


def test_what_is_no_text_is_refused(tmp_path):
    path = tmp_path / "tea.yaml"
    path.write_bytes(b"\xff\xfe\x00kind")
    (line,) = mistakes(path)
    assert line.startswith(f"{path}: ")


def test_a_directory_is_refused(tmp_path):
    (line,) = mistakes(tmp_path)
    assert line.startswith(f"{tmp_path}: cannot be read")


def test_a_key_that_stands_twice_is_refused(tmp_path):
    (line,) = mistakes(tmp_path / "tea.yaml", "kind: green\nminutes: 3\nminutes: 5\n")
    assert "minutes" in line


def test_a_card_does_not_change():
    with pytest.raises(ValueError, match="frozen"):
        Tea(kind="green").minutes = 5


@pytest.mark.parametrize(
    ("word", "said"),
    [("lstn", "did you mean 'lstm'?"), ("transformer", "known are: gru, lstm")],
)
def test_nearest_says_the_likeliest_or_all(word, said):
    assert nearest(word, ["lstm", "gru"]) == said


def test_nearest_of_nothing_says_so():
    assert nearest("lstm", []) == "known are: none"
