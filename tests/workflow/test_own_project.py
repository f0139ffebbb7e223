"""Tagwerk installed from a wheel, without its repository: `tagwerk new`, and Snakemake in the new project."""

import os
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

import pytest
import yaml

from tests.conftest import toy_branches, write_root

pytestmark = pytest.mark.slow
ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A virtual environment with Tagwerk from its wheel, and all other packages of the environment of the tests."""
    folder = tmp_path_factory.mktemp("installed")
    venv.create(folder / "venv")
    (site,) = (folder / "venv/lib").glob("python*/site-packages")
    # Files of this kind within a folder that is added so are not read: an editable installation is not seen.
    (site / "others.pth").write_text(sysconfig.get_path("purelib"))
    pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check"]
    build = ["wheel", "--no-deps", "--no-build-isolation", "--no-index", "--wheel-dir", str(folder), str(ROOT)]
    subprocess.run([*pip, *build], check=True)
    (wheel,) = folder.glob("*.whl")
    python = str(folder / "venv/bin/python")
    install = ["--python", python, "install", "--no-deps", "--no-index", str(wheel)]
    subprocess.run([*pip, *install], check=True)
    return folder / "venv"


@pytest.fixture(scope="module")
def project(environment: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project from a file of 400 jets, whose study has one quick tagger."""
    folder = tmp_path_factory.mktemp("newcomer")
    file = write_root(folder / "toy.root", toy_branches(0, 400))
    run(environment, folder, "tagwerk", "new", "mine", "--data", str(file))
    dataset, study = (folder / f"mine/config/{kind}/mine.yaml" for kind in ("datasets", "studies"))
    dataset.write_text(dataset.read_text().replace("# CHECK", "#"))
    quick = {"taggers": ["boosted_trees"], "robustness": {"jets": 0}}
    study.write_text(yaml.safe_dump(yaml.safe_load(study.read_text()) | quick))
    return folder / "mine"


def run(environment: Path, folder: Path, *command: str) -> str:
    """Run a program of the environment in a folder, successfully; return its output."""
    variables = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    variables["PATH"] = f"{environment / 'bin'}{os.pathsep}{os.environ['PATH']}"
    program = [str(environment / "bin/python"), "-m", *command]
    done = subprocess.run(program, cwd=folder, env=variables, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def test_the_wheel_brings_cards_workflow_and_the_packages_of_its_jobs(environment: Path) -> None:
    (package,) = environment.glob("lib/python*/site-packages/tagwerk")
    for folder in ("config", "workflow"):
        paths = (path.relative_to(ROOT) for path in (ROOT / folder).rglob("*") if path.is_file())
        assert all((package / path).is_file() for path in paths if "__pycache__" not in path.parts)
    assert (package / "environment.yml").read_bytes() == (ROOT / "environment.yml").read_bytes()


def test_a_project_runs_to_its_report_and_then_nothing_is_left_to_do(environment: Path, project: Path) -> None:
    run(environment, project, "snakemake", "--cores", "2")
    assert "mine: wide against not_wide" in (project / "results/studies/mine/report.html").read_text()
    comparison = yaml.safe_load((project / "results/studies/mine/comparison/comparison.json").read_text())
    assert [tagger["name"] for tagger in comparison["taggers"]] == ["boosted_trees"]
    assert "Nothing to be done" in run(environment, project, "snakemake", "--dry-run")
    assert {path.name for path in project.iterdir()} == {
        ".gitignore", ".snakemake", "README.md", "config", "results", "workflow"
    }  # fmt: skip


def test_the_snakefile_of_a_project_passes_lint(environment: Path, project: Path) -> None:
    assert "Congratulations" in run(environment, project, "snakemake", "--lint")


def test_an_own_card_replaces_the_one_of_tagwerk(environment: Path, project: Path) -> None:
    card = project / "config/taggers/boosted_trees.yaml"
    shown = run(environment, project, "tagwerk", "show", "boosted_trees")
    assert shown.startswith("# taggers/boosted_trees.yaml, which comes with Tagwerk\n")
    card.write_text(shown)
    assert "instead of" in run(environment, project, "tagwerk", "show", "boosted_trees").splitlines()[0]
    assert "config, instead of Tagwerk's" in run(environment, project, "tagwerk", "list", "taggers")
    card.unlink()
