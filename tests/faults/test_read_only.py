"""Input files, home directory and installation that cannot be written to."""

import os
import shutil

import pytest

from tests.conftest import DATASET, write_card
from tests.faults.conftest import HOOKS, RUNS, SCORES, fingerprint, mounted
from tests.workflow.conftest import ROOT


def read_only(folder, source):
    """Mount a folder at another place where nobody can write."""
    return mounted(folder, "--bind", "-o", "ro", source)


def test_a_study_runs_with_read_only_inputs_home_and_installation(project, undisturbed, tmp_path):
    (inputs := tmp_path / "files").mkdir()
    for file in project.path.glob("*.root"):
        shutil.move(file, inputs)
    (home := tmp_path / "home").mkdir()
    files = [str(project.path / "inputs" / f"toy_{index}.root") for index in (0, 1)]
    write_card(project.path / "config/datasets/toy.yaml", DATASET | {"files": files})
    installed = tmp_path / "installed"
    with (
        read_only(project.path / "inputs", inputs),
        read_only(tmp_path / "read_only_home", home),
        read_only(installed, ROOT / "src"),
    ):
        for folder in (project.path / "inputs", tmp_path / "read_only_home", installed):
            with pytest.raises(OSError, match="Read-only file system"):
                (folder / "file").touch()
        environment = {"HOME": str(tmp_path / "read_only_home"), "PYTHONPATH": f"{HOOKS}{os.pathsep}{installed}"}
        process = project.workflow(SCORES[0], **environment)
        assert process.wait() == 0, process.output
    model = "studies/toy/boosted_trees/seed1/"
    expected = {name.removeprefix(model): undisturbed[name] for name in undisturbed if name.startswith(model)}
    assert fingerprint(project.path / RUNS / "boosted_trees/seed1") == expected
