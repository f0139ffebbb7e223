import json

import awkward as ak
import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score

from tagwerk.records.store import read_records
from tagwerk.scores.tagger_run import read_run
from tagwerk.training.model import load_model
from tests.training.conftest import load

TAGGERS = pytest.mark.parametrize("tagger", ["lstm", "gru", "boosted_trees"])


@pytest.fixture
def scores(toy_runs, tagger):
    return pd.read_parquet(toy_runs / tagger / "scores/scores.parquet")


@TAGGERS
def test_each_row_belongs_to_its_jet(scores, toy, tagger):
    records = ak.concatenate([read_records(part, "test") for part in toy.parts])
    identity, probabilities = ["event", "source", "label", "weight"], ["p_narrow", "p_wide"]
    variables = ["pt", "eta", "phi", "mass", "multiplicity", "width"]
    lengths = [] if tagger == "boosted_trees" else ["n_constituents"]
    assert scores.columns.tolist() == [*identity, *variables, *lengths, *probabilities]
    for name in ("event", "source", "label", "weight"):
        assert scores[name].tolist() == records[name].tolist()
    for name in variables:
        assert scores[name].tolist() == records.jet[name].tolist()
    for name in lengths:
        assert scores[name].tolist() == ak.num(records.constituents.pt).tolist()
    np.testing.assert_allclose(scores.p_narrow + scores.p_wide, 1, atol=1e-6)


@pytest.mark.parametrize("tagger", ["lstm", "gru"])
def test_scores_are_those_of_jets_one_by_one(scores, toy_runs, toy, tagger):
    jets = load(toy, "test")
    model = load_model(toy_runs / tagger / "model").model
    for row in range(0, len(jets), 6):
        alone = model.predict_on_batch(jets.inputs(np.array([row]), 15))["scores"][0]
        np.testing.assert_allclose(scores.loc[row, ["p_narrow", "p_wide"]].tolist(), alone, atol=1e-5)


@TAGGERS
def test_the_validation_jets_are_scored_too(toy_runs, toy, tagger):
    scores = read_run(toy_runs / tagger, ["narrow", "wide"])
    records = ak.concatenate([read_records(part, "validation") for part in toy.parts])
    assert scores.validation.event.tolist() == records.event.tolist()
    assert scores.validation.columns.tolist() == scores.scores.columns.tolist()
    assert roc_auc_score(records.label, scores.validation.p_wide) > 0.85


@TAGGERS
def test_the_toy_classes_are_distinguished(scores, toy):
    not_empty = load(toy, "test").lengths() > 0
    assert roc_auc_score(scores.label[not_empty], scores.p_wide[not_empty]) > 0.9


@TAGGERS
def test_scores_have_their_metadata(toy_runs, tagger, toy):
    about = json.loads((toy_runs / tagger / "scores/about.json").read_text())
    assert (about["tagger"], about["seed"], about["threads"]) == (tagger, 3, 1)
    assert about["training_jets"] == len(load(toy, "train"))
    assert about["jets"] == len(load(toy, "test"))
    assert about["jets_per_second"] == pytest.approx(about["jets"] / about["seconds"])
    assert about["parameters"] > 0
    assert "tensorflow" in about["versions"]
