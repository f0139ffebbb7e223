"""Whatever is wrong with a card, a command ends within seconds with one line that names the card."""

from itertools import pairwise

import pytest
import yaml

from tests.conftest import DATASET, changed, run, toy_branches, write_card, write_root

TEXT = yaml.safe_dump(DATASET)
CARDS = {
    "date as title": TEXT.replace(DATASET["title"], "2024-01-01"),
    "impossible date": TEXT.replace(DATASET["title"], "2024-13-01"),
    "yes as name": TEXT.replace("name: wide", "name: yes"),
    "number as tree": TEXT + "tree: 2024_01\n",
    "powers": TEXT + "selection: 9**9**9**9 > jet_pt\n",
    "powers of powers": TEXT + "selection: (((((9**8)**8)**8)**8)**8)**8 > jet_pt\n",
    "division": TEXT + "selection: jet_pt > 1/0\n",
    "brackets": TEXT + f"selection: '{'(' * 90_000}'\n",
    "signs": TEXT + f"weight: '{'-' * 90_000}jet_pt'\n",
    "aliases": "a: &a [x]\n" + "".join(f"{b}: &{b} [{', '.join([f'*{a}'] * 9)}]\n" for a, b in pairwise("abcdefghi")),
    "nesting": "title: " + "[" * 90_000,
    "alias of itself": "title: &a [*a]\n",
    "digits": TEXT + f"weight: {'9' * 90_000}\n",
    "null byte": TEXT.replace("toy_0.root", '"a\\0b"'),
    "tag": TEXT.replace(DATASET["title"], "!!python/name:os.system"),
    "binary": TEXT.replace(DATASET["title"], "!!binary x"),
    "number as key": TEXT + "5: 6\n",
    "list as key": TEXT + "? [a]\n: 6\n",
    "text for a list": changed(DATASET, "event", "event"),
    "a number for a mapping": changed(DATASET, "sequences", 5),
    "list for a number": changed(DATASET, "sequences.constituents.max_length", [5]),
}  # fmt: skip


@pytest.mark.parametrize("name", CARDS)
def test_an_invalid_card_ends_a_command_with_one_line(tmp_path, capsys, name):
    file = write_root(tmp_path / "toy.root", toy_branches(0, 4))
    card = write_card(tmp_path / "toy.yaml", CARDS[name])
    assert run("check", card, file) == 2
    message = capsys.readouterr().err
    assert message.startswith(f"tagwerk: {card}: ")
    assert message.count("\n") == 1
    assert len(message) < 600


@pytest.mark.parametrize(
    ("selection", "passing"),
    [
        (1, 6),
        ("not jet_pt / 0.5 < 0", 6),
        (False, 0),
        (" + ".join(["jet_pt"] * 5000), 6),
        ("jet_pt / (jet_pt - jet_pt) < 0", 0),
    ],
)
def test_an_unusual_but_valid_card_is_used(tmp_path, capsys, selection, passing):
    file = write_root(tmp_path / "toy.root", toy_branches(0, 6))
    card = write_card(tmp_path / "toy.yaml", changed(DATASET, "selection", selection) | {"checks": {"no_jets": "note"}})
    assert run("check", card, file) == 0
    assert f"6 jets, of which {passing} pass" in capsys.readouterr().out
