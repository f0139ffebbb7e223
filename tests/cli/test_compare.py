"""`tagwerk compare`: scikit-learn alone reproduces every number in its tables from the score files."""

import json
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import accuracy_score, roc_auc_score, roc_curve

from tagwerk.cli.compare import compare
from tagwerk.errors import UserError
from tests.evaluation.study_files import write_study


@pytest.fixture(scope="module")
def compared(tmp_path_factory):
    root = tmp_path_factory.mktemp("study")
    study, summary, runs = write_study(root, jets=2000, seeds=(1, 2))
    weights = np.random.default_rng(1).uniform(0.5, 1.5, 2000).astype(np.float32)
    for run in runs:
        path = run / "scores/scores.parquet"
        pd.read_parquet(path).assign(weight=weights).to_parquet(path)
    out = root / "results/studies/demo/comparison"
    compare(study, summary, runs, out=out)
    return root, out, json.loads((out / "comparison.json").read_text(), parse_constant=pytest.fail)


def read_scores(root, tagger, seed):
    table = pd.read_parquet(root / f"results/studies/demo/{tagger}/seed{seed}/scores/scores.parquet")
    signal, background = (table[name].to_numpy(float) for name in ("p_top", "p_qcd"))
    return table["label"].to_numpy() == 1, signal / (signal + background), table["weight"].to_numpy(float)


def test_scikit_learn_alone_reproduces_every_number(compared):
    root, _, comparison = compared
    for tagger in comparison["taggers"]:
        seeds = [read_scores(root, tagger["name"], seed) for seed in (1, 2)]
        aucs = [roc_auc_score(label, score, sample_weight=weight) for label, score, weight in seeds]
        accuracies = [accuracy_score(label, score > 0.5, sample_weight=weight) for label, score, weight in seeds]
        assert [training["metrics"]["auc"] for training in tagger["trainings"]] == aucs
        assert tagger["metrics"]["auc"]["value"] == pytest.approx(np.mean(aucs), abs=1e-15)
        assert tagger["metrics"]["auc"]["spread"] == pytest.approx(np.std(aucs, ddof=1), abs=1e-15)
        assert tagger["metrics"]["accuracy"]["value"] == pytest.approx(np.mean(accuracies), abs=1e-15)
        curves = [roc_curve(y, score, sample_weight=w, drop_intermediate=False) for y, score, w in seeds]
        for rejection in tagger["rejections"]:
            efficiency = rejection["signal_efficiency"]
            passing = np.mean([fpr[np.searchsorted(tpr, efficiency)] for fpr, tpr, _ in curves])
            assert rejection["background_efficiency"] == pytest.approx(passing, abs=1e-15)
            assert rejection["value"] == pytest.approx(1 / passing)
            assert rejection["low"] < rejection["value"] < rejection["high"]


def test_the_best_tagger_has_the_highest_auc(compared):
    comparison = compared[2]
    values = {tagger["name"]: tagger["metrics"]["auc"]["value"] for tagger in comparison["taggers"]}
    assert comparison["best"] == max(values, key=values.get)
    for tagger in comparison["taggers"]:
        if tagger["name"] == comparison["best"]:
            assert tagger["difference"] is None
        else:
            expected = values[tagger["name"]] - values[comparison["best"]]
            assert tagger["difference"]["auc"] == pytest.approx(expected, abs=1e-15)


def test_it_writes_numbers_and_figures(compared):
    figures = (
        "roc",
        "auc_by_tagger",
        "auc_differences",
        "score_distributions",
        "histories",
        "jet_variables",
        "pareto_front",
    )
    figures += ("efficiency_profiles", "reliability", "background_mass", "tagger_agreement")
    names = {f"{name}.{kind}" for name in figures for kind in ("png", "pdf", "csv")}
    others = {"comparison.json", "figures.json", "interactive.json", "table.md", "working_points.json"}
    assert {path.name for path in compared[1].iterdir()} == names | others


def test_a_study_of_several_sizes_has_a_figure_of_sizes_and_the_histories_of_the_largest(tmp_path):
    study, summary, runs = write_study(tmp_path, jets=200, taggers=("lstm",), sizes=(100, 900))
    (runs[0] / "model/history.csv").unlink()
    for folders, out in ((runs, "both"), (runs[:1], "smaller")):
        compare(study, summary, folders, out=tmp_path / out)
    assert {path.stem for path in (tmp_path / "both").iterdir()} >= {"training_sizes", "histories"}
    assert not (tmp_path / "smaller/histories.png").exists()
    comparison = json.loads((tmp_path / "both/comparison.json").read_text())
    assert [size["jets"] for size in comparison["sizes"]] == [100, 900]


def test_after_a_mistake_the_previous_comparison_is_kept(compared, tmp_path):
    root = compared[0]
    study, summary, runs = write_study(tmp_path, jets=200, taggers=("lstm",))
    out = tmp_path / "comparison"
    out.mkdir()
    (out / "comparison.json").write_text("previous")
    table = pd.read_parquet(runs[0] / "scores/scores.parquet")
    table.assign(label=0).to_parquet(runs[0] / "scores/scores.parquet")
    with pytest.raises(UserError, match="no test jets of class 'top'"):
        compare(study, summary, runs, out=out)
    assert (out / "comparison.json").read_text() == "previous"
    (tmp_path / "other.json").write_text((root / "results/top/summary.json").read_text().replace("qcd", "gluon"))
    with pytest.raises(UserError, match=r"other\.json: classes \['gluon', 'top'\]"):
        compare(study, tmp_path / "other.json", runs, out=out)


def test_tensorflow_is_not_imported():
    code = "import sys, tagwerk.cli.compare, tagwerk.cli.report; sys.exit('tensorflow' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
