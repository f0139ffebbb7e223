import re

import pytest

from tagwerk.cards.base import Card, suggestion
from tagwerk.errors import UserError
from tests.conftest import write_card


class Tea(Card):
    kind: str
    minutes: int = 3


def error_lines(path, card=None):
    """Return the lines of the message that `load` raises."""
    if card is not None:
        write_card(path, card)
    with pytest.raises(UserError) as error:
        Tea.load(path)
    return str(error.value).splitlines()


def test_a_good_card_gives_its_values_and_the_defaults(tmp_path):
    tea = Tea.load(write_card(tmp_path / "tea.yaml", {"kind": "green"}))
    assert (tea.kind, tea.minutes) == ("green", 3)


def test_an_unknown_key_is_named_with_its_value_and_the_closest_key(tmp_path):
    path = tmp_path / "tea.yaml"
    assert error_lines(path, {"kind": "green", "minute": 4}) == [
        f"{path}: unknown key 'minute' (value 4); did you mean 'minutes'?"
    ]


def test_all_keys_are_listed_if_none_is_close(tmp_path):
    (line,) = error_lines(tmp_path / "tea.yaml", {"kind": "green", "xyz": 4})
    assert line.endswith("known: kind, minutes")


def test_a_missing_key_is_named(tmp_path):
    path = tmp_path / "tea.yaml"
    assert error_lines(path, {"minutes": 4}) == [f"{path}: key 'kind' is missing; add it"]


@pytest.mark.parametrize("value", ["long", 2.5, [3], {"a": 1}, None])
def test_a_value_of_the_wrong_type_is_named_with_its_key(tmp_path, value):
    path = tmp_path / "tea.yaml"
    (line,) = error_lines(path, {"kind": "green", "minutes": value})
    assert line.startswith(f"{path}: key 'minutes': ")
    assert line.endswith(f", not {value!r}")


def test_every_error_has_its_own_line(tmp_path):
    assert len(error_lines(tmp_path / "tea.yaml", {"kind": 1, "minutes": "long"})) == 2


def test_a_missing_card_is_named_with_the_closest_in_its_folder(tmp_path):
    write_card(tmp_path / "tea.yaml", {"kind": "green"})
    path = tmp_path / "tee.yaml"
    assert error_lines(path) == [f"{path}: no such card; did you mean 'tea'?"]


@pytest.mark.parametrize("text", ["", "- kind\n- green\n", "green\n", "42\n"])
def test_a_card_that_is_not_a_mapping_is_refused(tmp_path, text):
    (line,) = error_lines(tmp_path / "tea.yaml", text)
    assert "tea.yaml: a card is a mapping of keys to values" in line


@pytest.mark.parametrize("text", ["kind: [green", "kind: 'green", "\tkind: green", "kind: green: tea"])
def test_invalid_yaml_is_refused_in_one_line_with_its_position(tmp_path, text):
    (line,) = error_lines(tmp_path / "tea.yaml", text)
    assert re.search(r"tea.yaml: not valid YAML: .*line \d", line)


def test_binary_content_is_refused(tmp_path):
    path = tmp_path / "tea.yaml"
    path.write_bytes(b"\xff\xfe\x00kind")
    (line,) = error_lines(path)
    assert line.startswith(f"{path}: ")


def test_a_directory_is_refused(tmp_path):
    (line,) = error_lines(tmp_path)
    assert line.startswith(f"{tmp_path}: cannot be read")


def test_a_duplicate_key_is_refused(tmp_path):
    (line,) = error_lines(tmp_path / "tea.yaml", "kind: green\nminutes: 3\nminutes: 5\n")
    assert "minutes" in line


def test_a_card_does_not_change():
    with pytest.raises(ValueError, match="frozen"):
        Tea(kind="green").minutes = 5


@pytest.mark.parametrize(
    ("word", "expected"),
    [("lstn", "did you mean 'lstm'?"), ("transformer", "known: gru, lstm")],
)
def test_a_suggestion_is_the_closest_word_or_all_known_ones(word, expected):
    assert suggestion(word, ["lstm", "gru"]) == expected


def test_a_suggestion_without_known_words_is_none():
    assert suggestion("lstm", []) == "known: none"
