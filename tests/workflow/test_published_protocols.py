"""The studies of public samples, run through the workflow on made files of their layout and with few jets."""

import json
import re
import shutil
from pathlib import Path

import numpy as np
import pytest
import yaml

from benchmarks.jetclass import write_file
from tagwerk.cards.dataset import Dataset
from tests.readers.layouts.test_pytables import frame, write
from tests.workflow.conftest import ROOT, Project

pytestmark = pytest.mark.long


def run_study(project: Project, name: str, taggers: list[str], **keys: object) -> tuple[dict, str]:
    """Run a shipped study with fewer taggers; return its comparison and the text of its report."""
    project.edit(f"studies/{name}.yaml", taggers=taggers, epochs=1, robustness={"jets": 0}, **keys)
    run = project.run("snakemake", "--cores", "2", "--config", f"study={name}")
    assert run.returncode == 0, run.stdout
    folder = project.path / f"results/studies/{name}"
    text = re.sub(r"<[^>]+>", " ", (folder / "report.html").read_text(encoding="utf-8"))
    return json.loads((folder / "comparison/comparison.json").read_text()), " ".join(text.split())


def test_nine_trainings_on_the_reference_layout_are_quoted_by_their_median(tmp_path: Path) -> None:
    project = Project.create(tmp_path / "project", "config", "workflow")
    folder = project.path / "data/top_landscape"
    folder.mkdir(parents=True)
    for number, name in enumerate(("train", "test", "val")):
        jets = frame(400, seed=number).assign(ttv=number)
        momenta = [column for column in jets if column not in ("ttv", "is_signal_new")]
        jets[momenta] *= np.float32(0.1)  # about 700 GeV in all
        write(folder / f"{name}.h5", jets)
    project.edit("taggers/gru.yaml", hyperparameters={"cell": "gru", "units": [4], "dense": []})
    comparison, report = run_study(project, "top_landscape", ["gru"])
    (tagger,) = comparison["taggers"]
    assert [each["seed"] for each in tagger["trainings"]] == list(range(1, 10))
    assert comparison["signal_jets"] + comparison["background_jets"] == 400
    rejections = [each["rejections"][0] for each in tagger["trainings"]]
    assert tagger["rejections"][0]["signal_efficiency"] == 0.3
    (row,) = re.findall(r"Medians over the trainings .*? GRU 9 (.*?) Each training is cut", report)
    numbers = re.findall(r"([\d.,]+) ± ([\d.,]+)", row)
    middle, spread = (float(each.replace(",", "")) for each in numbers[-2])
    assert middle == pytest.approx(np.median(rejections), abs=0.06 * spread)
    assert spread == pytest.approx(np.std(rejections, ddof=1), rel=0.06)


def test_the_classes_of_jetclass_have_the_published_signal_efficiencies_and_another_sample_is_scored(
    tmp_path: Path,
) -> None:
    project = Project.create(tmp_path / "project", "config", "workflow")
    card = Dataset.load(ROOT / "config/datasets/jetclass.yaml")
    for number, name in enumerate(("train_100M", "val_5M", "test_20M")):
        folder = project.path / "data/jetclass" / name
        folder.mkdir(parents=True)
        write_file(folder / "jets_000.root", card, 600, seed=number)
    other = project.path / "data/other/test"
    other.mkdir(parents=True)
    write_file(other / "jets_000.root", card, 400, seed=9)
    shutil.copy(project.path / "config/datasets/jetclass.yaml", project.path / "config/datasets/other.yaml")
    shares = {"train": 0.6, "validation": 0.2, "test": 0.2}  # all are scored
    project.edit("datasets/other.yaml", files=["data/other/**/*.root"], split=shares, title="Other jets")
    for name in ("jetclass_lstm", "jetclass_tree_lstm"):
        small = yaml.safe_load((ROOT / f"config/taggers/{name}.yaml").read_text())["hyperparameters"]
        units = 4 if name == "jetclass_tree_lstm" else [4]
        project.edit(f"taggers/{name}.yaml", hyperparameters=small | {"units": units, "dense": []})
    taggers = ["jetclass_lstm", "jetclass_tree_lstm"]
    comparison, report = run_study(project, "jetclass", taggers, alternative_samples=["other"])
    (sample,) = comparison["alternatives"]
    assert sorted(each["tagger"] for each in sample["taggers"]) == taggers
    assert 40 < sample["signal_jets"] + sample["background_jets"] < 120  # a tenth of 400 each
    assert "Other jets: " in report
    for tagger in comparison["classes"]["taggers"]:
        against_qcd = {each["signal"]: each for each in tagger["separations"] if each["background"] == "QCD"}
        points = {name: each["rejection"]["signal_efficiency"] for name, each in against_qcd.items()}
        assert points == dict.fromkeys(points, 0.5) | {"Hqql": 0.99, "Tbl": 0.995}
    for point in ("0.99", "0.995"):
        assert report.count(f" as the signal: AUC, and rejection at a signal efficiency of {point}.") >= 1
