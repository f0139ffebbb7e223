"""A study of real trainings, laid out as the workflow does."""

import shutil
from pathlib import Path

import pytest

from tests.conftest import STUDY, run, toy_branches, write_card, write_cards, write_root

FOLDER = Path("results/studies/toy")
TAGGERS = ("lstm", "boosted_trees")
SEED = 3
PUBLICATION = {
    "license": "CC-BY-4.0",
    "cite": "arXiv:2100.00001",
    "authors": [{"name": "Noether, Emmy", "affiliation": "Göttingen", "orcid": "0000-0002-1825-0097"}],
}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory, tensorflow: None) -> Path:
    """The folder of a project after the toy study of 1,200 jets; each test gets a copy of it."""
    project = tmp_path_factory.mktemp("project")
    toy = write_cards(project)
    for index, file in enumerate(toy.files):
        write_root(file, toy_branches(600 * index, 600))
    study = STUDY | {"taggers": list(TAGGERS), "seeds": [SEED], "robustness": {"jets": 0}, "publication": PUBLICATION}
    write_card(toy.study, study)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(project)
        jets, summary = [f"results/datasets/toy/jets/toy_{index}" for index in (0, 1)], FOLDER / "summary.json"
        for index, part in enumerate(jets):
            checked = ["--check", f"results/datasets/toy/checks/toy_{index}.json"]
            assert run("ingest", "config/datasets/toy.yaml", f"toy_{index}.root", "--out", part, *checked) == 0
        assert run("summarise", "config/datasets/toy.yaml", "--out", summary, *jets) == 0
        runs = [FOLDER / tagger / f"seed{SEED}" for tagger in TAGGERS]
        for tagger, folder in zip(TAGGERS, runs, strict=True):
            options = ["--out", folder / "model", "--epochs", 2, "--seed", SEED]
            assert run("train", tagger, "toy", summary, *jets, *options) == 0
            assert run("score", folder / "model", "--out", folder / "scores", *jets) == 0
        assert run("compare", "toy", summary, *runs, "--out", FOLDER / "comparison") == 0
        checks = [f"results/datasets/toy/checks/toy_{index}.json" for index in (0, 1)]
        assert run("report", "toy", summary, FOLDER / "comparison", *checks, "--out", FOLDER / "report.html") == 0
    return project


@pytest.fixture
def project(made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the project, which is the working directory."""
    shutil.copytree(made, tmp_path / "project")
    monkeypatch.chdir(tmp_path / "project")
    return tmp_path / "project"
