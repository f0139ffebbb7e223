import json

import awkward as ak
import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score

from tagwerk.records.store import read_records
from tagwerk.training.model import load_model, load_record
from tests.training.conftest import load

TAGGERS = pytest.mark.parametrize("tagger", ["lstm", "gru", "boosted_trees"])


@pytest.fixture
def scores(studied, tagger):
    return pd.read_parquet(studied / tagger / "scores/scores.parquet")


@TAGGERS
def test_each_row_is_its_jets_own(scores, toy):
    records = ak.concatenate([read_records(part, "test") for part in toy.parts])
    columns = ["event", "source", "label", "weight", "pt", "eta", "mass", "p_narrow", "p_wide"]
    assert set(scores.columns) == set(columns)
    for name in ("event", "source", "label", "weight"):
        assert scores[name].tolist() == records[name].tolist()
    for name in ("pt", "eta", "mass"):
        assert scores[name].tolist() == records.jet[name].tolist()
    np.testing.assert_allclose(scores.p_narrow + scores.p_wide, 1, atol=1e-6)


@pytest.mark.parametrize("tagger", ["lstm", "gru"])
def test_scores_are_those_of_jets_one_by_one(scores, studied, toy, tagger):
    jets = load(toy, "test")
    model = load_model(studied / tagger / "model", load_record(studied / tagger / "model"))
    for row in range(0, len(jets), 6):
        alone = model.predict_on_batch(jets.inputs(np.array([row]), 15))["scores"][0]
        np.testing.assert_allclose(scores.loc[row, ["p_narrow", "p_wide"]].tolist(), alone, atol=1e-5)


@TAGGERS
def test_the_toy_classes_are_told_apart(scores, toy):
    some = load(toy, "test").lengths() > 0
    assert roc_auc_score(scores.label[some], scores.p_wide[some]) > 0.9


@TAGGERS
def test_beside_the_scores_stands_how_they_came_about(studied, tagger, toy):
    about = json.loads((studied / tagger / "scores/about.json").read_text())
    assert (about["tagger"], about["seed"], about["threads"]) == (tagger, 3, 1)
    assert about["training_jets"] == len(load(toy, "train"))
    assert about["jets"] == len(load(toy, "test"))
    assert about["jets_per_second"] == pytest.approx(about["jets"] / about["seconds"])
    assert about["parameters"] > 0
    assert "tensorflow" in about["versions"]
