"""Whatever a card contains is read within a second, or refused in short lines."""

from itertools import pairwise
from time import process_time

import pytest
from pydantic import Field

from tagwerk.cards.base import Card, Section
from tagwerk.cards.momenta import Expression, Name
from tagwerk.cards.yaml_text import read_yaml
from tagwerk.errors import UserError
from tests.conftest import write_card


class Cup(Section):
    size: float = 0.2
    label: str = "cup"


class Tea(Card):
    kind: str = "green"
    minutes: int = 3
    warm: bool = True
    names: list[str] = Field(default=[])
    seeds: list[int] = Field(default=[])
    cups: dict[Name, Cup] = Field(default={})
    limits: dict[str, float] = Field(default={})
    selection: Expression | None = None


BASE = "kind: green\n"
LETTERS = "abcdefghijklm"


def billion_laughs(first, later):
    """Return aliases of which each expands to ten times the previous one."""
    lines = [first] + [
        f"{name}: &{name} " + later.format(", ".join([f"*{before}"] * 10)) for before, name in pairwise(LETTERS)
    ]
    return "\n".join(lines) + "\n"


def error_lines(path, text):
    """Return the lines of the message that `load` raises."""
    path.write_text(text, encoding="utf-8")
    start = process_time()
    with pytest.raises(UserError) as error:
        Tea.load(path)
    assert process_time() - start < 20  # s, also on a slow machine
    lines = str(error.value).splitlines()
    assert lines
    for line in lines:
        assert line.startswith(f"{path}: ")
        assert len(line) < 600
        assert line.isprintable()
    return [line.removeprefix(f"{path}: ") for line in lines]


@pytest.mark.parametrize(
    "text",
    [
        billion_laughs("a: &a [x, x, x]", "[{}]"),
        billion_laughs("a: &a {x: 1}", "{{<<: [{}]}}"),
        billion_laughs("a: &a {x: 1}", "{{y: [{}]}}"),
        "kind: *m\n" + billion_laughs("a: &a [x, x, x]", "[{}]"),
        billion_laughs("a: &a [x, x, x]", "[{}]") + "kind: *m\n",
        f"a: &a {'x' * 900_000}\nnames: [{', '.join(['*a'] * 3000)}]\n",
        "names: &a [*a]\n",
        "cups: &a {b: {c: *a}}\n",
        "names: " + "[" * 100_000,
        "names: " + "[" * 5_000 + "]" * 5_000 + "\n",
        "cups: " + "{a: " * 5_000 + "}" * 5_000 + "\n",
        "".join(f"{' ' * depth}a:\n" for depth in range(1000)),
        "- " * 1000 + "a\n",
        "? " * 1000 + "a\n",
        "".join(f"k{number}: 1\n" for number in range(30_000)),
        "".join(f"k{number}: 1\n" for number in range(9_000)),
        "".join(f"k{number}: 1\n" for number in range(9_000)) + "k0: 1\n",
        "seeds: [" + ", ".join(["x"] * 9_000) + "]\n",
        "names: [" + ", ".join(["1"] * 9_000) + "]\n",
        "x" * 3_000_000,
        "k" * 900_000 + ": 1\n",
        f"? '{'k' * 900_000}'\n: 1\n",
        f"minutes: {'x' * 900_000}\n",
        "minutes: " + "9" * 100_000,
        "minutes: 0x" + "f" * 100_000,
        "kind: 1" + ":1" * 100_000,
        "kind: 1" + ":1" * 180 + ".5\n",
        "minutes: 100000000000000000000000\n",
        "selection: " + "9" * 350,
    ],
    ids=lambda text: text[:20],
)
def test_a_text_that_would_exhaust_time_or_memory_is_refused_quickly(tmp_path, text):
    error_lines(tmp_path / "tea.yaml", text)


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("kind: 2024-13-45", ["'2024-13-45' is not a valid timestamp", "in quotes", "line 1, column 7"]),
        ("kind: !!int x", ["'x' is not a valid int"]),
        ("kind: !!int ''", ["'' is not a valid int"]),
        ("kind: !!bool maybe", ["'maybe' is not a valid bool"]),
        ("kind: !!float x", ["'x' is not a valid float"]),
        ("kind: !!timestamp x", ["'x' is not a valid timestamp"]),
        ("kind: !!python/object/apply:os.system [ls]", ["could not determine a constructor"]),
        ("kind: !tea green", ["could not determine a constructor"]),
        ("kind: *green", ["undefined alias"]),
        ('kind: "a\\0b"', ["control character '\\x00'"]),
        ('kind: "\\e[31m"', ["control character '\\x1b'"]),
        ('kind: "\\ud800"', ["invalid Unicode"]),
        ("selection: `a-b` > 1", ["cannot start any token", "in quotes"]),
        ("kind: green\n<<: 3", ["merging"]),
        ("? [a, b]\n: 1", ["unhashable key"]),
        ("--- a\n--- b", ["single document"]),
        ("kind: green\n'kind': black", ["the key 'kind' is duplicated"]),
        ("cups: {a: {}, a: {}}", ["the key 'a' is duplicated"]),
        ("kind: !!set {a, b}", ["key 'kind'", "not {"]),
        ("seeds: [.inf, .nan]", ["key 'seeds.0'", "inf"]),
        ("limits: {a: .nan}", ["key 'limits.a'", "nan"]),
        ("1: 2", ["unknown key '1' (value 2)"]),
        ("on: 2", ["unknown key 'True'"]),
        ("2024-01-01: 2", ["unknown key '2024-01-01'"]),
        ('"a\\nb": 2', ["unknown key 'a\\nb'"]),
    ],
)
def test_invalid_yaml_is_reported_in_one_line(tmp_path, text, parts):
    line = error_lines(tmp_path / "tea.yaml", f"{text}\n")[0]
    for part in parts:
        assert part in line


@pytest.mark.parametrize(
    ("written", "kind"),
    [
        ("2024_01", "a number"), ("5", "a number"), ("2.50", "a number"), ("0x10", "a number"), ("1:30", "a number"),
        (".inf", "a number"), ("yes", "true or false"), ("no", "true or false"), ("off", "true or false"),
        ("True", "true or false"), ("2024-01-01", "a date"), ("2024-01-01 10:00:00", "a date"),
    ],
)  # fmt: skip
def test_a_text_that_yaml_reads_as_another_type_is_shown_as_written_with_the_remedy(tmp_path, written, kind):
    for key, text in {
        "kind": f"kind: {written}",
        "names.1": f"names: [a, {written}]",
        "cups.a.label": f"cups: {{a: {{label: {written}}}}}",
    }.items():
        assert error_lines(tmp_path / "tea.yaml", f"{text}\n") == [
            f"key '{key}': Input should be a valid string, not {written}, "
            f"which YAML reads as {kind}; put it in quotes: '{written}'"
        ]
        quoted = text.replace(written, f"'{written}'")
        assert Tea.load(write_card(tmp_path / "quoted.yaml", quoted))


@pytest.mark.parametrize("name", ["1", "2024_01", "yes", "2024-01-01"])
def test_the_name_of_an_entry_that_yaml_reads_as_another_type_must_be_quoted(tmp_path, name):
    for key in ("cups", "limits"):
        (line,) = error_lines(tmp_path / "tea.yaml", f"{key}: {{{name}: {{}}}}\n")[:1]
        assert line.startswith(f"key '{key}', name of an entry: Input should be a valid string, not ")
        assert "put it in quotes" in line


def test_a_key_without_a_value_is_reported(tmp_path):
    assert error_lines(tmp_path / "tea.yaml", "kind:\n") == [
        "key 'kind': Input should be a valid string, not None; give a value"
    ]


@pytest.mark.parametrize(
    "text", ["minutes: yes", "seeds: [1, off]", "limits: {a: on}", "cups: {a: {size: true}}", "minutes: false"]
)
def test_booleans_are_not_numbers(tmp_path, text):
    (line,) = error_lines(tmp_path / "tea.yaml", f"{text}\n")
    assert "expected a number, not" in line
    assert "YAML reads yes, no, on and off as true and false" in line


@pytest.mark.parametrize("name", ["größe", "a-b", "a b", "_a", "1a", "a.b"])
def test_a_wrong_name_is_reported_with_the_allowed_characters(tmp_path, name):
    (line,) = error_lines(tmp_path / "tea.yaml", f"cups: {{{name}: {{}}}}\n")
    assert "key 'cups', name of an entry: branch names are free, but this name must consist of letters A-Z" in line
    assert line.endswith(f"not '{name}'")


@pytest.mark.parametrize(
    ("written", "expression"), [("1", "1"), ("2.5", "2.5"), ("yes", "True"), ("false", "False"), ("1e-3", "1e-3")]
)
def test_a_constant_is_an_expression(tmp_path, written, expression):
    path = write_card(tmp_path / "tea.yaml", f"selection: {written}\n")
    assert Tea.load(path).selection == expression


@pytest.mark.parametrize("written", [".inf", ".nan", "2024-01-01", "[1]", "{a: 1}", "''"])
def test_a_value_that_is_not_a_constant_is_not_an_expression(tmp_path, written):
    (line,) = error_lines(tmp_path / "tea.yaml", f"selection: {written}\n")
    assert line.startswith("key 'selection': ")


def test_only_the_first_of_very_many_errors_are_listed(tmp_path):
    lines = error_lines(tmp_path / "tea.yaml", f"names: [{', '.join(['1'] * 500)}]\n")
    assert len(lines) == 21
    assert lines[0].startswith("key 'names.0'")
    assert lines[-1] == "and 480 more errors"


def test_aliases_and_merge_keys_of_a_reasonable_size_are_read(tmp_path):
    path = write_card(tmp_path / "tea.yaml", "cups:\n  a: &a {size: 1}\n  b: *a\n  c: {<<: *a, label: c}\n")
    cups = Tea.load(path).cups
    assert [(cup.size, cup.label) for cup in cups.values()] == [(1, "cup"), (1, "cup"), (1, "c")]


def test_many_names_are_read(tmp_path):
    path = write_card(
        tmp_path / "tea.yaml", "names:\n" + "".join(f"- data/{number}.root\n" for number in range(10_000))
    )
    assert len(Tea.load(path).names) == 10_000


def test_a_byte_order_mark_and_other_scripts_are_read_as_utf_8(tmp_path):
    path = tmp_path / "tea.yaml"
    path.write_bytes("\ufeffkind: grün 茶 🍵\n".encode())
    assert read_yaml(path) == {"kind": "grün 茶 🍵"}
