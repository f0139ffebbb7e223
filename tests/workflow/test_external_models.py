"""The workflow of a study in which a file of a trained model is compared with a tagger that is trained here."""

import json
import re

import pytest

from tests.conftest import STUDY, toy_branches, write_card, write_cards, write_root
from tests.training.onnx_models import CARD, SUMS, save_sums
from tests.workflow.conftest import Project

pytestmark = pytest.mark.slow

MODEL = {"file": "sums.onnx", "inputs": SUMS, "outputs": ["narrow", "wide"]}
RUN = "results/studies/toy/elsewhere/seed1"


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A project with such a study of two seeds, finished."""
    project = Project.create(tmp_path_factory.mktemp("external"), "workflow")
    toy = write_cards(project.path)
    for index, file in enumerate(toy.files):
        write_root(file, toy_branches(200 * index, 200))
    save_sums(project.path / "sums.onnx")
    changes = {"taggers": ["boosted_trees", "elsewhere"], "seeds": [1, 2], "export": True, "robustness": {"jets": 60}}
    write_card(project.path / "config/studies/toy.yaml", STUDY | changes)
    write_card(project.path / "config/taggers/elsewhere.yaml", CARD | {"model": MODEL})
    snakemake(project)
    return project


def snakemake(project: Project, *arguments: str) -> str:
    run = project.run("snakemake", "--cores", "1", "--config", "study=toy", *arguments)
    assert run.returncode == 0, run.stdout
    return run.stdout


def test_the_file_is_copied_and_scored_once(project: Project) -> None:
    assert (project.path / RUN / "model/model.onnx").read_bytes() == (project.path / "sums.onnx").read_bytes()
    assert not (project.path / "results/studies/toy/elsewhere/seed2").exists()
    assert (project.path / "results/studies/toy/boosted_trees/seed2").exists()
    about = json.loads((project.path / RUN / "scores/about.json").read_text())
    assert about["engine"] == "onnx"
    assert about["training_jets"] is about["training_seconds"] is about["epochs"] is None
    assert about["jets_per_second"] > 0


def test_the_report_says_that_it_was_trained_elsewhere(project: Project) -> None:
    page = (project.path / "results/studies/toy/report.html").read_text()
    assert "From elsewhere was not trained here, but on unknown jets: the test jets may be among them" in page
    assert "sums.onnx" in page
    results = json.loads((project.path / "results/studies/toy/comparison/comparison.json").read_text())
    found = {each["name"]: each for each in results["taggers"]}
    assert found["elsewhere"]["metrics"]["auc"]["value"] > 0.5
    assert [len(found[name]["trainings"]) for name in ("boosted_trees", "elsewhere")] == [2, 1]


def test_it_is_probed_but_not_exported_again(project: Project) -> None:
    assert (project.path / RUN / "robustness.json").exists()
    assert not (project.path / RUN / "model.onnx").exists()
    assert (project.path / "results/studies/toy/boosted_trees/seed1/model.onnx").exists()


def test_another_file_is_scored_again_and_nothing_else_is_trained(project: Project) -> None:
    before = (project.path / "sums.onnx").read_bytes()
    save_sums(project.path / "sums.onnx", activation="Softsign")
    text = snakemake(project, "--dry-run", "--printshellcmds", "--quiet", "host")
    (project.path / "sums.onnx").write_bytes(before)
    jobs = set(re.findall(r"^rule (\w+):(?:\n .*)*?\n +wildcards: .*?tagger=(\w+)", text, re.MULTILINE))
    assert {tagger for rule, tagger in jobs if rule != "modelcard"} == {"elsewhere"}
    assert {("train", "elsewhere"), ("score", "elsewhere"), ("modelcard", "boosted_trees")} <= jobs


def test_a_missing_file_stops_before_any_work_with_one_line(project: Project) -> None:
    (project.path / "sums.onnx").rename(project.path / "other.onnx")
    run = project.run("snakemake", "--cores", "1", "--config", "study=toy")
    (project.path / "other.onnx").rename(project.path / "sums.onnx")
    assert run.returncode != 0
    (line,) = (line for line in run.stdout.splitlines() if line.startswith("tagwerk: "))
    assert "elsewhere.yaml: key 'model': sums.onnx: No such file or directory; correct the path" in line
    assert "Traceback" not in run.stdout
