from pathlib import Path

import pytest

import tagwerk
from tagwerk.errors import UserError
from tagwerk.workflow import snakefile as module

ROOT = Path(__file__).parents[2]


def test_the_snakefile_is_that_of_the_workflow():
    assert Path(tagwerk.snakefile()) == ROOT / "workflow/Snakefile"


def test_an_installation_without_the_workflow_is_named(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "WORKFLOW", tmp_path)
    with pytest.raises(UserError, match=r"Snakefile: is missing from this installation; install Tagwerk again"):
        module.snakefile()
