import numpy as np
import pandas as pd
import pytest
from scipy.special import expit
from sklearn.ensemble import HistGradientBoostingClassifier

from tagwerk.exports.graph import FLOAT, OnnxGraph
from tagwerk.exports.tree_ensembles import boosted_trees_scores, one_variable_scores
from tagwerk.layers.schema import Schema
from tagwerk.training.monotone import LogOddsCurve
from tests.exports.conftest import Session

SCALARS = ["pt", "mass", "width", "tau21"]


def scores(convert, model, schema, jet):
    graph = OnnxGraph()
    outputs = convert(graph, model, schema, graph.input("jet", FLOAT, ["jets", len(SCALARS)]))
    return Session(graph.model({"scores": (outputs, ["jets", len(schema.classes)])}, {}))({"jet": jet})


@pytest.mark.parametrize("trained", [[0, 1], [0, 2], [0, 1, 2]])
def test_boosted_trees_give_the_same_probabilities(trained):
    """With missing values, values at thresholds, and classes that were not trained on."""
    random, classes = np.random.default_rng(2), ["qcd", "w", "top"]
    jet = random.normal(0, 1, (2000, 4)).round(2).astype("float32")
    label = random.choice(trained, 2000)
    jet[:, 1] += label
    jet[random.uniform(size=2000) < 0.1, 1] = np.nan
    table = pd.DataFrame(jet, columns=SCALARS)[["tau21", "mass"]]
    model = HistGradientBoostingClassifier(max_iter=20, random_state=1).fit(table, label)
    expected = np.zeros((2000, 3))
    expected[:, model.classes_] = model.predict_proba(table)
    found = scores(boosted_trees_scores, model, Schema(classes, SCALARS, {}), jet)
    np.testing.assert_allclose(found, expected, atol=1e-6)


def test_thresholds_between_two_numbers_in_single_precision_decide_as_in_double():
    values = np.float32(1) + np.arange(4, dtype=np.float32) * np.float32(2**-23)
    table = pd.DataFrame({"mass": np.repeat(values, 100)})
    label = np.repeat([0, 0, 1, 1], 100)
    model = HistGradientBoostingClassifier(max_iter=5, min_samples_leaf=1).fit(table, label)
    jet = np.zeros((4, 4), "float32")
    jet[:, 1] = values
    found = scores(boosted_trees_scores, model, Schema(["qcd", "top"], SCALARS, {}), jet)
    np.testing.assert_allclose(found, model.predict_proba(pd.DataFrame({"mass": values})), atol=1e-6)


@pytest.mark.parametrize("knots", [2, 3, 50])
def test_taggers_of_one_variable_give_the_same_probabilities(knots):
    x = np.linspace(-1, 2, knots)
    curve = LogOddsCurve(variable="mass", classes=(2, 0), x=x.tolist(), log_odds=(x**3).tolist(), missing=0.4)
    jet = np.zeros((103, 4), "float32")
    jet[:, 1] = [*np.linspace(-3, 4, 100), np.nan, np.inf, -np.inf]
    found = scores(one_variable_scores, curve, Schema(["qcd", "w", "top"], SCALARS, {}), jet)
    log_odds = curve(jet[:, 1].astype(float))
    np.testing.assert_allclose(found, np.stack([expit(log_odds), 0 * log_odds, expit(-log_odds)], axis=1), atol=1e-6)
