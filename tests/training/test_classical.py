import copy
from dataclasses import replace

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from tagwerk.cards.tagger import Tagger
from tagwerk.training import classical
from tests.conftest import TAGGERS
from tests.training.conftest import load, split_of, task


@pytest.fixture(scope="module")
def trained(toy):
    jets, validation = load(toy, "train", "boosted_trees"), load(toy, "validation", "boosted_trees")
    return classical.train(task(toy, "boosted_trees"), split_of(jets), split_of(validation))


def test_trees_learn_the_toy_problem(trained, toy):
    test = load(toy, "test", "boosted_trees")
    assert roc_auc_score(test.label, classical.scores(trained[0], test)[:, 1]) > 0.85


def test_scores_are_probabilities_in_the_order_of_the_jets(trained, toy):
    test = load(toy, "test", "boosted_trees")
    scores = classical.scores(trained[0], test)
    np.testing.assert_allclose(scores.sum(axis=1), 1, atol=1e-6)
    columns = [test.schema.scalars.index(name) for name in ("mass", "width")]
    alone = [trained[0].predict_proba(dataframe(test.scalars[[row]][:, columns]))[0] for row in range(len(test))]
    np.testing.assert_allclose(scores, alone, atol=1e-6)


def dataframe(values):
    import pandas as pd

    return pd.DataFrame(values, columns=["mass", "width"])


def test_the_history_has_one_row_per_iteration_from_none_on(trained):
    _, history = trained
    assert list(history.columns) == ["epoch", "loss", "val_loss"]
    assert list(history.epoch) == list(range(len(history)))
    assert history.loss.iloc[-1] < history.loss.iloc[0]


@pytest.mark.parametrize("settings", [{}, {"learning_rate": 0.6, "trees": 60}, {"learning_rate": 40.0}])
def test_the_model_is_that_of_the_lowest_validation_loss(toy, settings):
    """As networks are: scikit-learn keeps the trees after it, on which early stopping waited in vain."""
    jets, validation = load(toy, "train", "boosted_trees"), load(toy, "validation", "boosted_trees")
    card = TAGGERS["boosted_trees"]
    tagger = Tagger.model_validate(card | {"hyperparameters": card["hyperparameters"] | settings})
    model, history = classical.train(
        replace(task(toy, "boosted_trees"), tagger=tagger), split_of(jets), split_of(validation)
    )
    best = max(int(history.val_loss.idxmin()), 1)  # without any tree it would be no classifier
    assert len(model._predictors) == best
    assert best < len(history) - 1 or not settings
    scores = classical.scores(model, validation)
    loss = -np.log(scores[np.arange(len(validation)), validation.label]).mean()
    assert history.val_loss[best] == pytest.approx(loss, rel=1e-4)


def test_a_saved_model_gives_identical_scores(trained, toy, tmp_path):
    test = load(toy, "test", "boosted_trees")
    classical.save(trained[0], tmp_path)
    np.testing.assert_array_equal(
        classical.scores(classical.load(tmp_path), test), classical.scores(trained[0], test), strict=True
    )


def test_parameters_are_two_per_split_and_one_per_leaf(trained):
    nodes = [tree.nodes for (tree,) in trained[0]._predictors]
    leaves = sum(int(tree["is_leaf"].sum()) for tree in nodes)
    splits = sum(int((tree["is_leaf"] == 0).sum()) for tree in nodes)
    assert classical.count_parameters(trained[0]) == leaves + 2 * splits


@pytest.mark.parametrize(
    ("column", "node", "value"),
    [("left", 0, 10**9), ("right", 0, 0), ("feature_idx", 0, 10**12), ("feature_idx", 0, -1), ("is_categorical", 0, 1),
     ("is_leaf", -1, 0)],
)  # fmt: skip
def test_a_tree_that_leads_out_of_memory_or_in_a_circle_is_refused(trained, toy, tmp_path, column, node, value):
    classical.save(trained[0], tmp_path)
    model, schema = classical.load(tmp_path), load(toy, "test", "boosted_trees").schema
    classical.check(model, schema)
    nodes = model._predictors[-1][0].nodes
    assert not nodes[0]["is_leaf"]
    nodes[column][node] = value
    classical.save(model, tmp_path)
    with pytest.raises(ValueError, match="it has impossible trees"):
        classical.check(classical.load(tmp_path), schema)


def test_nothing_is_applied_to_the_variables_before_the_trees(trained, toy):
    from sklearn.preprocessing import FunctionTransformer

    model = copy.copy(trained[0])
    model._preprocessor = FunctionTransformer(np.exp)
    with pytest.raises(ValueError, match="it has impossible trees"):
        classical.check(model, load(toy, "test", "boosted_trees").schema)
