import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from tagwerk.cards.input_columns import schema_of
from tagwerk.cards.tagger import Tagger
from tagwerk.errors import UserError
from tagwerk.training import single_variable
from tagwerk.training.task import Task
from tests.training.conftest import load, split_of

CARD = {"title": "Mass", "color": "#123456", "architecture": "one_variable", "inputs": {"scalars": ["mass"]}}


def task_of(toy, **changes):
    dataset, summary = toy.load()
    card = Tagger.model_validate(CARD | changes)
    return Task(card, schema_of(dataset, card.inputs), summary, 1, 1)


@pytest.fixture(scope="module")
def trained(toy):
    jets, validation = load(toy, "train", "boosted_trees"), load(toy, "validation", "boosted_trees")
    return single_variable.train(task_of(toy), split_of(jets), split_of(validation))


def test_scores_rank_the_jets_as_the_variable_does(trained, toy):
    test = load(toy, "test", "boosted_trees")
    mass = test.scalars[:, test.schema.scalars.index("mass")]
    scores = single_variable.scores(trained[0], test)
    np.testing.assert_allclose(scores.sum(axis=1), 1, atol=1e-6)
    auc = roc_auc_score(test.label, mass)
    assert roc_auc_score(test.label, scores[:, 1]) == pytest.approx(max(auc, 1 - auc), abs=1e-3)


def test_the_history_has_one_row_with_the_cross_entropy_of_the_validation_jets(trained, toy):
    curve, history = trained
    validation = load(toy, "validation", "boosted_trees")
    scores = single_variable.scores(curve, validation)
    loss = -np.log(scores[np.arange(len(validation)), validation.label]).mean()
    assert history.val_loss.tolist() == [pytest.approx(loss, rel=1e-4)]


def test_a_saved_model_gives_identical_scores(trained, toy, tmp_path):
    test = load(toy, "test", "boosted_trees")
    single_variable.save(trained[0], tmp_path)
    loaded = single_variable.load(tmp_path)
    single_variable.check(loaded, test.schema)
    np.testing.assert_array_equal(single_variable.scores(loaded, test), single_variable.scores(trained[0], test))
    with pytest.raises(ValueError, match="another variable"):
        single_variable.check(loaded.model_copy(update={"variable": "tau32"}), test.schema)


def test_the_odds_of_the_purest_jets_survive_single_precision(trained, toy):
    test = load(toy, "test", "boosted_trees")
    steep = trained[0].model_copy(update={"x": [0.0, 1.0], "log_odds": [-5.0, 20.0]})
    scores = single_variable.scores(steep, test).astype(np.float64)
    mass = test.scalars[:, test.schema.scalars.index("mass")].astype(np.float64)
    expected = np.clip(25 * mass - 5, -80, 80)
    known = np.abs(expected) < 80
    np.testing.assert_allclose(np.log(scores[known, 1] / scores[known, 0]), expected[known], rtol=1e-5, atol=1e-5)


def test_a_second_variable_is_refused():
    with pytest.raises(ValueError, match="takes one variable, not mass, width"):
        Tagger.model_validate(CARD | {"inputs": {"scalars": ["mass", "width"]}})


def test_the_numerator_must_be_a_class_that_is_trained_on(toy):
    jets = split_of(load(toy, "train", "boosted_trees"))
    with pytest.raises(UserError, match=r"key 'hyperparameters.signal': 'top' is not trained on"):
        single_variable.train(task_of(toy, hyperparameters={"signal": "top"}), jets, jets)
