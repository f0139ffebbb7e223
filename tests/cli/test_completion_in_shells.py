"""Completion in the shells themselves, with the script that `--install-completion` puts in place."""

import os
import subprocess
import sys
from pathlib import Path
from shutil import which

import pytest

from tests.conftest import TAGGERS, write_card

# What a user types before TAB, and what only completion can make of it.
TYPED, WORD = "tagwerk train lstm_m", "lstm_mine"
SCRIPTS = {
    "bash": f"""
eval "$(_TAGWERK_COMPLETE=source_bash tagwerk)"
COMP_WORDS=({TYPED}) COMP_CWORD=2
_tagwerk_completion tagwerk
printf '%s\\n' "${{COMPREPLY[@]}}"
""",
    "fish": f"_TAGWERK_COMPLETE=source_fish tagwerk | source; complete -C '{TYPED}'",
    # A second zsh on a pseudo-terminal, of which the first one reads the screen.
    "zsh": f"""
zmodload zsh/zpty
zpty screen env TERM=dumb zsh -f -i
zpty -w screen 'autoload -Uz compinit && compinit -u -D'
zpty -w screen 'eval "$(_TAGWERK_COMPLETE=source_zsh tagwerk)"; print -n rea; print dy'
zpty -r -m screen shown '*ready*' || exit 1
zpty -w -n screen $'{TYPED}\\t'
zpty -r -m screen shown '*{WORD}*' && print {WORD}
""",
}


@pytest.mark.parametrize("shell", SCRIPTS)
def test_a_card_is_completed(shell: str, tmp_path: Path) -> None:
    if which(shell) is None:
        pytest.skip(f"{shell} is not installed")
    write_card(tmp_path / "config/taggers/lstm_mine.yaml", TAGGERS["lstm"])
    environment = os.environ | {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}", "HOME": str(tmp_path),
    }  # fmt: skip
    done = subprocess.run(
        [shell, "-c", SCRIPTS[shell]], cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=120
    )
    assert done.stdout.split() == [WORD], done.stderr
