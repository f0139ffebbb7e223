"""`tagwerk compare` and `tagwerk report` with three classes: b against c and light jets, in an experiment's style."""

import json

import numpy as np
import pandas as pd
import pytest
import yaml
from sklearn.metrics import confusion_matrix, roc_auc_score

from tests.conftest import run
from tests.evaluation.study_files import DATASET, TAGGERS, write_card, write_scores, write_summary

CLASSES = ["light", "c", "b"]
FRACTIONS = {"c": 0.2, "light": 0.8}
CENTRES = np.array([[0.0, 0.0], [1.2, 0.0], [2.0, 1.5]])
JETS = 1500


def write_three_classes(root, **keys):
    """Write a study of two taggers, the second of which has noisier inputs; return its card, summary and runs."""
    colors = ["#5790fc", "#f89c20", "#e42536"]
    classes = [
        {"name": name, "label": f"{name.capitalize()} jets", "color": color, "selection": f"label == {index}"}
        for index, (name, color) in enumerate(zip(CLASSES, colors, strict=True))
    ]
    study = {
        "title": "Flavour", "dataset": "flavour", "taggers": ["lstm", "boosted_trees"], "epochs": 3, "signal": "b",
        "background": ["c", "light"], "fractions": FRACTIONS, "working_points": [0.5, 0.7],
        "experiment": {"name": "ATLAS", "status": "Simulation Internal", "energy": "13.6 TeV"},
    }  # fmt: skip
    write_card(root / "config/studies/flavour.yaml", study | keys)
    write_card(root / "config/datasets/flavour.yaml", DATASET | {"classes": classes, "title": "Flavours"})
    runs, random = [], np.random.default_rng(2)
    label = np.arange(JETS) % 3
    x = random.normal(CENTRES[label])
    for name, noise in (("lstm", 0.0), ("boosted_trees", 0.8)):
        write_card(root / f"config/taggers/{name}.yaml", TAGGERS[name])
        distance = (((x + noise * random.normal(size=x.shape))[:, None] - CENTRES) ** 2).sum(axis=2)
        p = np.exp(-distance / 2)
        folder = root / f"runs/{name}/seed1"
        write_scores(folder, name, 1, label, np.ones(JETS))
        path = folder / "scores/scores.parquet"
        table = pd.read_parquet(path).drop(columns=["p_qcd", "p_top"])
        table[[f"p_{each}" for each in CLASSES]] = np.float32(p / p.sum(axis=1, keepdims=True))
        table.to_parquet(path)
        runs.append(folder)
    return root / "config/studies/flavour.yaml", three_class_summary(root / "summary.json"), runs


def three_class_summary(path):
    summary = json.loads(write_summary(path).read_text())
    summary["classes"] = CLASSES
    summary["counts"] = {split: dict.fromkeys(CLASSES, 500) for split in summary["counts"]}
    for histogram in summary["histograms"].values():
        histogram["counts"] = dict.fromkeys(CLASSES, histogram["counts"]["qcd"])
    path.write_text(json.dumps(summary))
    return path


@pytest.fixture(scope="module")
def compared(tmp_path_factory):
    root = tmp_path_factory.mktemp("flavour")
    study, summary, runs = write_three_classes(root)
    assert run("compare", study, summary, *runs, "--out", root / "comparison") == 0
    assert run("report", study, summary, root / "comparison", "--out", root / "report.html") == 0
    tables = {path.parent.name: pd.read_parquet(path / "scores/scores.parquet") for path in runs}
    return root, tables, json.loads((root / "comparison/comparison.json").read_text(), parse_constant=pytest.fail)


def test_scikit_learn_alone_reproduces_the_discriminant_of_several_backgrounds(compared):
    _, tables, comparison = compared
    assert comparison["backgrounds"] == FRACTIONS
    assert comparison["background_jets"] == 2 * JETS // 3
    for tagger in comparison["taggers"]:
        table = tables[tagger["name"]].astype({f"p_{name}": float for name in CLASSES})
        ratio = np.log(table["p_b"] / (0.2 * table["p_c"] + 0.8 * table["p_light"]))
        expected = roc_auc_score(table["label"] == 2, ratio)
        assert tagger["metrics"]["auc"]["value"] == pytest.approx(expected, abs=1e-12)


def test_scikit_learn_alone_reproduces_the_results_of_all_classes(compared):
    _, tables, comparison = compared
    assert comparison["classes"]["signal_efficiency"] == 0.7  # the middle of two working points is the upper one
    for tagger in comparison["classes"]["taggers"]:
        table = tables[tagger["tagger"]]
        p = table[[f"p_{name}" for name in CLASSES]].to_numpy(float)
        rest = [each["auc"]["value"] for each in tagger["separations"] if each["background"] is None]
        assert np.mean(rest) == pytest.approx(
            roc_auc_score(table["label"], p / p.sum(axis=1, keepdims=True), multi_class="ovr"), abs=1e-9
        )
        expected = confusion_matrix(table["label"], p.argmax(axis=1), normalize="true")
        assert [each["value"] for each in tagger["confusion"]] == pytest.approx(expected.ravel().tolist())


def test_the_report_names_backgrounds_and_fractions(compared):
    root, _, _ = compared
    page = " ".join((root / "report.html").read_text().split())
    assert "B jets are the signal, C jets and Light jets the background" in page
    assert "0.2 for C jets and 0.8 for Light jets" in page
    assert 'id="classes"' in page
    assert "background: 0.2 c + 0.8 light" in (root / "comparison/table.md").read_text()
    assert {"class_matrices.png", "class_matrices.csv", "pareto_front.pdf"} <= {
        path.name for path in (root / "comparison").iterdir()
    }


def test_other_fractions_in_the_card_than_in_the_comparison_stop_the_report(compared, capsys):
    root, _, _ = compared
    study = root / "config/studies/other.yaml"
    card = yaml.safe_load((root / "config/studies/flavour.yaml").read_text())
    write_card(study, card | {"fractions": {"c": 0.1, "light": 0.9}})
    assert run("report", study, root / "summary.json", root / "comparison", "--out", root / "other.html") != 0
    assert "compares b and 0.2 c + 0.8 light, but the study's card b and 0.1 c + 0.9 light" in capsys.readouterr().err
