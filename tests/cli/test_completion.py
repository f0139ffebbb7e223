"""Completion as the shells ask for it, through the environment: quick, and of the cards that there are."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tagwerk.cards.card_names import card_names
from tagwerk.cli import STAGES
from tagwerk.listings.listings import KINDS
from tests.conftest import TAGGERS, write_card

SLOW = "{'tensorflow', 'keras', 'awkward', 'uproot', 'sklearn', 'matplotlib', 'snakemake', 'optuna'}"
# The program's own process, and what of the slow libraries it has imported at its end.
PROGRAM = f"""
import atexit, sys
atexit.register(lambda: print("imported", sorted({SLOW} & set(sys.modules)), file=sys.stderr))
sys.argv = ["tagwerk"]
from tagwerk.cli import program
program()
"""


def completed(line: str, folder: Path, shell: str = "bash") -> list[str]:
    """Return what the shell offers for the last word of a line."""
    words = {"COMP_WORDS": line, "COMP_CWORD": str(len(line.split(" ")) - 1)} if shell == "bash" else {}
    words |= {"_TYPER_COMPLETE_ARGS": line, "_TYPER_COMPLETE_FISH_ACTION": "get-args"} if shell != "bash" else {}
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        cwd=folder, env=os.environ | words | {"_TAGWERK_COMPLETE": f"complete_{shell}"},
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stderr == "imported []\n"
    return done.stdout.split()


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        ("train ", "taggers"),
        ("train gru ", "datasets"),
        ("train gru top --study ", "studies"),
        ("check ", "datasets"),
        ("ingest ", "datasets"),
        ("simulate ", "datasets"),
        ("summarise ", "datasets"),
        ("survey ", "datasets"),
        ("tune ", "searches"),
        ("compare ", "studies"),
        ("probe ", "studies"),
        ("report ", "studies"),
        ("show gru --dataset ", "datasets"),
    ],
)
def test_cards_are_completed_where_a_command_takes_them(line, kind, tmp_path):
    assert completed(f"tagwerk {line}", tmp_path) == sorted(card_names(kind))


def test_own_cards_are_completed_too(tmp_path):
    write_card(tmp_path / "config/taggers/lstm_mine.yaml", TAGGERS["lstm"])
    assert completed("tagwerk train lstm_", tmp_path) == ["lstm_mine", "lstm_with_labels"]
    assert completed("tagwerk show lstm_", tmp_path) == ["lstm_mine", "lstm_with_labels"]


def test_commands_options_and_lists_are_completed(tmp_path):
    assert completed("tagwerk ", tmp_path) == [*STAGES]
    assert completed("tagwerk train gru --training", tmp_path) == ["--training-jets"]
    assert completed("tagwerk list ", tmp_path) == [*KINDS]
    assert completed("tagwerk list lay", tmp_path) == ["layouts"]


def test_where_a_file_is_expected_the_shell_completes_files(tmp_path):
    assert completed("tagwerk draft ", tmp_path) == []
    assert completed("tagwerk check top ", tmp_path) == []


@pytest.mark.parametrize("shell", ["zsh", "fish"])
def test_other_shells_get_the_same_names(shell, tmp_path):
    assert "worth_a_try" in " ".join(completed("tagwerk tune w", tmp_path, shell))


@pytest.mark.parametrize("stage", STAGES)
def test_every_command_has_its_options_completed(stage, tmp_path):
    assert "--help" in completed(f"tagwerk {stage} --", tmp_path)
