"""The workflow is used by another one as a module, and from another directory, with the cards that come with it."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import TAGGERS, write_card

ROOT = Path(__file__).parents[2]
MODULE = f"""
module tagwerk:
    snakefile: "{ROOT}/workflow/Snakefile"
    config: config

use rule * from tagwerk

rule mine:
    default_target: True
    input: "results/studies/demo/report.html"
    output: "copy.html"
    shell: "cp {{input}} {{output}}"
"""


def jobs(folder: Path, *arguments: str) -> dict[str, int]:
    """Return the number of jobs of each rule in a dry run."""
    command = [sys.executable, "-m", "snakemake", "--dry-run", "--printshellcmds", "--cores", "1", *arguments]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.partition("Job stats:")[2].partition("total")[0].splitlines()
    return {name: int(count) for name, count in (line.split() for line in lines if line[-1:].isdigit())}


@pytest.mark.slow
def test_another_workflow_uses_it_as_a_module(tmp_path: Path) -> None:
    (tmp_path / "Snakefile").write_text(MODULE)
    per_file, per_tagger = {"simulate": 8, "ingest": 8}, {"train": 4, "score": 4, "probe": 4}
    others = {"summarise": 1, "summarise_features": 2, "compare": 1, "report": 1, "mine": 1}
    assert jobs(tmp_path, "--config", "study=demo") == per_file | per_tagger | others


@pytest.mark.slow
def test_a_project_without_a_copy_of_it_has_its_own_cards_and_those_of_tagwerk(tmp_path: Path) -> None:
    card = TAGGERS["lstm"] | {"title": "Mine", "inputs": {"scalars": ["mass"]}, "architecture": "dense"}
    write_card(tmp_path / "config/taggers/mine.yaml", card | {"hyperparameters": {}})
    study = {"title": "x", "dataset": "top", "taggers": ["mine", "lstm"], "jets": 10_000, "epochs": 1}
    write_card(tmp_path / "config/studies/small.yaml", study | {"signal": "top", "background": "qcd"})
    write_card(tmp_path / "config/config.yaml", {"study": "small"})
    found = jobs(tmp_path, "--snakefile", str(ROOT / "workflow/Snakefile"))
    assert found["train"] == found["score"] == 2
