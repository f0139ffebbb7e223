"""The complete workflow on 800 jets: its output."""

import json

import numpy as np
import pandas as pd
import pytest
import yaml
from sklearn.metrics import accuracy_score, roc_auc_score, roc_curve

from tests.workflow.conftest import SEEDS, Project

pytestmark = pytest.mark.slow
TAGGERS = ("boosted_trees", "lstm", "tree_lstm_child_sum")
PINNED_JETS, PINNED_AUC = 236, 0.9830


def scores(project: Project, tagger: str) -> pd.DataFrame:
    return pd.read_parquet(project.path / SEEDS.format(tagger) / "scores/scores.parquet")


def test_report_is_one_page_that_needs_no_network(small_study: Project) -> None:
    page = (small_study.path / "results/studies/small/report.html").read_text()
    assert "data:image" in page
    assert 'src="http' not in page
    assert "@import" not in page


def test_every_tagger_scored_the_same_jets_in_the_same_order(small_study: Project) -> None:
    tables = [scores(small_study, tagger) for tagger in TAGGERS]
    for table in tables[1:]:
        pd.testing.assert_frame_equal(table[["event", "source", "label"]], tables[0][["event", "source", "label"]])


def test_no_event_is_in_two_splits(small_study: Project) -> None:
    splits = {
        split: {
            event
            for file in small_study.path.glob(f"results/datasets/top/jets/*/{split}.parquet")
            for event in pd.read_parquet(file, columns=["event"]).event
        }
        for split in ("train", "validation", "test")
    }
    assert sum(map(len, splits.values())) == 800 == len(set.union(*splits.values()))


def test_snakemake_report_is_written(small_study: Project) -> None:
    small_study.snakemake("--report", "snakemake-report.zip")
    assert (small_study.path / "snakemake-report.zip").stat().st_size > 100_000


def test_wrong_card_stops_before_any_work_with_one_line(small_study: Project) -> None:
    wrong = small_study.path / "config/studies/wrong.yaml"
    wrong.write_text((small_study.path / "config/studies/small.yaml").read_text() + "\nepoch: 3\n")
    run = small_study.run("snakemake", "--cores", "1", "--config", "study=wrong")
    wrong.unlink()
    mistakes = [line for line in run.stdout.splitlines() if "wrong.yaml" in line]
    assert run.returncode != 0
    assert mistakes == ["tagwerk: config/studies/wrong.yaml: unknown key 'epoch' (value 3); did you mean 'epochs'?"]
    assert "Traceback" not in run.stdout


def test_numbers_of_the_table_follow_from_the_score_files(small_study: Project) -> None:
    """With scikit-learn alone, using the definitions on the page."""
    results = json.loads((small_study.path / "results/studies/small/comparison/comparison.json").read_text())
    rows = {row["name"]: row for row in results["taggers"]}
    for tagger in TAGGERS:
        table = scores(small_study, tagger)
        score = table.p_top.astype(float) / (table.p_top.astype(float) + table.p_qcd.astype(float))
        fpr, tpr, _ = roc_curve(table.label, score, drop_intermediate=False)
        metrics = rows[tagger]["metrics"]
        assert metrics["auc"]["value"] == pytest.approx(roc_auc_score(table.label, score), rel=1e-12)
        assert metrics["accuracy"]["value"] == pytest.approx(accuracy_score(table.label, score > 0.5), rel=1e-12)
        for rejection in rows[tagger]["rejections"]:
            efficiency = fpr[np.searchsorted(tpr, rejection["signal_efficiency"])]
            assert rejection["background_efficiency"] == pytest.approx(efficiency, rel=1e-12)
            assert rejection["value"] == (pytest.approx(1 / efficiency, rel=1e-12) if efficiency else None)


def test_score_files_are_compared_with_the_taggers_of_a_study(small_study: Project) -> None:
    """The LSTM's own score file, as if from elsewhere, gives the LSTM's own results."""
    folder = small_study.path / "config/studies"
    lstm = {
        "name": "theirs", "title": "Theirs", "color": "#3f90da", "label": "label", "classes": {"qcd": 0, "top": 1},
        "files": f"{SEEDS.format('lstm')}/scores/scores.parquet", "probabilities": {"qcd": "p_qcd", "top": "p_top"},
        "event": "event",
    }  # fmt: skip
    study = yaml.safe_load((folder / "small.yaml").read_text()) | {"taggers": ["boosted_trees"], "scores": [lstm]}
    study |= {"robustness": {"jets": 0}}
    (folder / "mixed.yaml").write_text(yaml.safe_dump(study))
    small_study.snakemake("study=mixed")
    results = {
        name: json.loads((small_study.path / f"results/studies/{name}/comparison/comparison.json").read_text())
        for name in ("small", "mixed")
    }
    rows = {name: {row["name"]: row for row in each["taggers"]} for name, each in results.items()}
    assert rows["mixed"].keys() == {"boosted_trees", "theirs"}
    assert rows["mixed"]["theirs"]["metrics"] == rows["small"]["lstm"]["metrics"]
    assert rows["mixed"]["boosted_trees"]["metrics"] == rows["small"]["boosted_trees"]["metrics"]
    assert [match["by"] for match in results["mixed"]["score_files"]] == ["identity"]


def test_more_memory_reruns_nothing(small_study: Project) -> None:
    """As at a second attempt, which takes more."""
    changed = [f"{rule}:mem_mb=7777" for rule in ("train", "score", "probe")]
    assert "Nothing to be done" in small_study.snakemake("--dry-run", "--set-resources", *changed)


@pytest.fixture(scope="module")
def small_sizes(small_study: Project) -> Project:
    """The same jets, with boosted trees trained on two sizes."""
    folder = small_study.path / "config/studies"
    study = yaml.safe_load((folder / "small.yaml").read_text())
    study |= {"taggers": ["boosted_trees"], "training_jets": [100, 300], "robustness": {"jets": 0}}
    study |= {"export": True}
    (folder / "sizes.yaml").write_text(yaml.safe_dump(study))
    small_study.snakemake("study=sizes")
    return small_study


def test_each_training_size_has_its_own_run(small_sizes: Project) -> None:
    folder = small_sizes.path / "results/studies/sizes"
    runs = sorted(str(path.parent.relative_to(folder)) for path in folder.rglob("scores") if path.is_dir())
    assert runs == ["boosted_trees/jets100/seed1", "boosted_trees/jets300/seed1"]
    for name in ("model.onnx", "model_card.md"):
        assert sorted(str(path.parent.relative_to(folder)) for path in folder.rglob(name)) == runs
    comparison = json.loads((folder / "comparison/comparison.json").read_text())
    assert [size["jets"] for size in comparison["sizes"]] == [100, 300]
    assert [tagger["training_jets"] for tagger in comparison["taggers"]] == [300]
    assert "Training size" in (folder / "report.html").read_text()


def test_a_new_training_size_trains_only_that_size(small_sizes: Project) -> None:
    card = small_sizes.path / "config/studies/sizes.yaml"
    before = card.read_text()
    small_sizes.edit("studies/sizes.yaml", training_jets=[100, 200, 300])
    jobs = small_sizes.snakemake("study=sizes", "--dry-run", "--printshellcmds")
    card.write_text(before)
    assert jobs.count("rule train:") == 1
    assert "jets200/seed1" in jobs


def test_a_study_exports_in_the_layouts_that_it_names(small_sizes: Project) -> None:
    card = small_sizes.path / "config/studies/sizes.yaml"
    before = card.read_text()
    names = {"atlas": {"constituents": "flows"}, "cms": {"constituents": "pfcands"}}
    export = {"layouts": ["atlas", "cms"], "taggers": ["lstm"], "names": names, "selected": True}
    small_sizes.edit("studies/sizes.yaml", taggers=["boosted_trees", "lstm"], export=export)
    jobs = small_sizes.snakemake("study=sizes", "--dry-run", "--printshellcmds")
    card.write_text(before)
    for layout, called in {"atlas": "flows", "cms": "pfcands"}.items():
        options = f"--name constituents={called} --selected -- results/studies/sizes/lstm/jets100/seed1/model "
        assert f"export --layout {layout} {options}" in jobs
        assert f"/lstm/jets300/seed1/model.{layout}.onnx" in jobs
    assert "/lstm/jets300/seed1/model.cms.json" in jobs
    assert "/boosted_trees/jets300/seed1/model.atlas.onnx" not in jobs


def test_an_export_that_the_experiment_cannot_read_stops_the_study_at_once(small_sizes: Project) -> None:
    card = small_sizes.path / "config/studies/sizes.yaml"
    before = card.read_text()
    small_sizes.edit("studies/sizes.yaml", export="atlas")
    stopped = small_sizes.run("snakemake", "--cores", "2", "--config", "study=sizes", "--dry-run")
    card.write_text(before)
    assert stopped.returncode == 2
    message = "sizes.yaml: key 'export': layout 'atlas': tagger 'boosted_trees' sees the jet variable"
    assert message in stopped.stdout.splitlines()[-1]


def test_the_card_can_set_the_epochs_of_each_training_size(small_sizes: Project) -> None:
    card = small_sizes.path / "config/studies/sizes.yaml"
    before = card.read_text()
    small_sizes.edit("studies/sizes.yaml", taggers=["lstm"], epochs_at=[7, 2])
    jobs = small_sizes.snakemake("study=sizes", "--dry-run", "--printshellcmds")
    card.write_text(before)
    assert "--epochs 7 --seed 1 --training-jets 100 " in jobs
    assert "--epochs 2 --seed 1 --training-jets 300 " in jobs


def test_boosted_trees_reproduce_the_pinned_numbers(small_study: Project) -> None:
    """The same seeds give the same jets and trees, so any difference is one of physics."""
    table = scores(small_study, "boosted_trees")
    assert len(table) == PINNED_JETS
    assert roc_auc_score(table.label, table.p_top) == pytest.approx(PINNED_AUC, abs=5e-3)
