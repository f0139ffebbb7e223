"""`tagwerk probe` on a toy study, and what `tagwerk compare` makes of it."""

import json
import shutil

import pandas as pd
import pytest

from tagwerk.evaluation.robustness_result import TaggerRobustness
from tests.conftest import (
    STUDY,
    changed,
    ingest_and_summarise,
    run,
    toy_branches,
    train_and_score,
    without_checksum,
    write_card,
    write_cards,
    write_root,
)

TAGGERS = ("lstm", "boosted_trees")


@pytest.fixture(scope="module")
def probed(tmp_path_factory, tensorflow):
    """The toy study of 1,200 jets with two trained taggers, and the results of probing both."""
    toy = write_cards(tmp_path_factory.mktemp("probed"))
    for index, file in enumerate(toy.files):
        write_root(file, toy_branches(600 * index, 600))
    write_card(toy.study, STUDY | {"taggers": list(TAGGERS), "seeds": [3], "robustness": {"jets": 200}})
    ingest_and_summarise(toy)
    for tagger in TAGGERS:
        for arguments in train_and_score(toy, tagger, toy.root, epochs=4):
            assert run(*arguments) == 0
        assert run(*probe(toy, tagger)) == 0
    return toy


def probe(toy, tagger, out=None):
    out = out or toy.root / tagger / "robustness.json"
    return ["probe", toy.study, toy.root / tagger / "model", *toy.parts, "--out", out]


def compare(toy, out):
    return ["compare", toy.study, toy.summary, *(toy.root / tagger for tagger in TAGGERS), "--out", out]


@pytest.mark.parametrize("tagger", TAGGERS)
def test_it_writes_one_file_with_all_changes(probed, tagger):
    result = TaggerRobustness.load(probed.root / tagger / "robustness.json")
    assert (result.tagger, result.seed, result.signal_jets, result.background_jets) == (tagger, 3, 100, 100)
    assert [each.name for each in result.inputs] == {
        "lstm": ["momentum", "direction", "charge"],
        "boosted_trees": ["mass", "width"],
    }[tagger]
    assert len(result.perturbations) == 11
    for change in (*result.perturbations, *result.inputs, *result.ranks):
        assert change.difference == pytest.approx(change.auc - result.nominal.auc)
        assert [each.signal_efficiency for each in change.rejections] == [0.3, 0.5, 0.7]


def test_the_comparison_has_it_with_figures_and_numbers(probed, tmp_path):
    assert run(*compare(probed, tmp_path / "comparison")) == 0
    comparison = json.loads((tmp_path / "comparison/comparison.json").read_text())
    assert [each["tagger"] for each in comparison["robustness"]] == list(TAGGERS)
    for figure, rows in (("robustness", 2 * 11 * 3), ("importance", 5 * 3), ("rank_importance", 7 * 3)):
        assert (tmp_path / f"comparison/{figure}.png").exists()
        assert len(pd.read_csv(tmp_path / f"comparison/{figure}.csv")) == rows
    page = tmp_path / "report.html"
    assert run("report", probed.study, probed.summary, tmp_path / "comparison", "--out", page) == 0
    text = page.read_text()
    assert text.index('id="robustness"') < text.index('id="importance"')
    for title in ("Order shuffled", "constituents: charge", "from 21 on"):
        assert title in text


def test_a_study_that_asks_for_no_jets_has_none_of_it(probed, tmp_path):
    toy = type(probed)(shutil.copytree(probed.root, tmp_path / "copy"))
    write_card(toy.study, STUDY | {"taggers": list(TAGGERS), "seeds": [3], "robustness": {"jets": 0}})
    assert run(*compare(toy, tmp_path / "comparison")) == 0
    assert json.loads((tmp_path / "comparison/comparison.json").read_text())["robustness"] == []
    assert not (tmp_path / "comparison/robustness.png").exists()


@pytest.fixture
def copy(probed, tmp_path):
    return type(probed)(shutil.copytree(probed.root, tmp_path / "copy"))


def test_results_of_other_working_points_or_another_training_are_refused(copy, failed, tmp_path):
    write_card(copy.study, STUDY | {"taggers": list(TAGGERS), "seeds": [3], "working_points": [0.4]})
    path = copy.root / "lstm/robustness.json"
    message = "its working points are 0.3, 0.5, 0.7, not 0.4; run `tagwerk probe` again"
    assert failed(*compare(copy, tmp_path / "out")) == f"tagwerk: {path}: {message}"
    write_card(copy.study, STUDY | {"taggers": list(TAGGERS), "seeds": [3]})
    shutil.copy(copy.root / "boosted_trees/robustness.json", path)
    assert "its tagger and seed are boosted_trees, 3, not lstm, 3" in failed(*compare(copy, tmp_path / "out"))


def test_a_damaged_result_is_refused(copy, failed, tmp_path):
    path = copy.root / "lstm/robustness.json"
    text = path.read_text()
    path.write_text(text.replace("Order shuffled", "Order kept"))
    assert f"{path}: is damaged or was edited" in failed(*compare(copy, tmp_path / "out"))
    values = json.loads(without_checksum(text))
    path.write_text(json.dumps(changed(values, "nominal.auc", "high")))
    assert f"{path}: nominal.auc: Input should be a valid number" in failed(*compare(copy, tmp_path / "out"))


def test_a_model_that_is_missing_or_of_another_study_is_refused(copy, failed, tmp_path):
    out = tmp_path / "robustness.json"
    missing = ["probe", copy.study, copy.root / "gru/model", *copy.parts, "--out", out]
    assert "gru/model/training.json: no such file; run `tagwerk train` first" in failed(*missing)
    write_card(copy.study, STUDY | {"taggers": ["gru"]})
    assert "lstm/model: tagger 'lstm' is not in the study (gru)" in failed(*probe(copy, "lstm", out))
    assert not out.exists()


def test_records_without_a_test_split_are_refused(copy, failed, tmp_path):
    (copy.parts[0] / "test.parquet").unlink()
    message = failed(*probe(copy, "boosted_trees", tmp_path / "robustness.json"))
    assert f"{copy.parts[0]}/test.parquet: no such file; run `tagwerk ingest` first" in message
