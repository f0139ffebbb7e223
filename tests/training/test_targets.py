"""Networks that learn more than, or something other than, the classes."""

from dataclasses import replace

import keras
import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from tagwerk.cards.load_study import load_cards
from tagwerk.cards.tagger import Tagger
from tagwerk.evaluation.label_comparison import measure_labels
from tagwerk.scores.tagger_run import read_run
from tests.conftest import TAGGERS, changed, run, train_and_score, write_card
from tests.training.conftest import load, load_jets, split_of, task

pytestmark = pytest.mark.usefixtures("tensorflow")

LABELS = TAGGERS["lstm"] | {"architecture": "constituent_labels"}
ALONE = LABELS | {"hyperparameters": {"units": [6], "signal": "wide"}}
WITH_CLASSES = LABELS | {"hyperparameters": {"units": [6], "dense": [4], "share": 2.0}}
DECODER = TAGGERS["lstm"] | {
    "architecture": "encoder_decoder",
    "hyperparameters": {"units": 8, "code": 3, "constituents": 6},
    "training": {"batch_size": 16, "learning_rate": 0.02, "classes": ["narrow"], "patience": 20},
}


def trained(toy_with_truth, card, epochs=20, factors=(1.0, 1.0)):
    from tagwerk.training import network

    keras.utils.set_random_seed(1)
    toy_task = replace(task(toy_with_truth, epochs=epochs), tagger=Tagger.model_validate(card))
    if toy_task.tagger.needs_truth:
        toy_task = replace(toy_task, schema=toy_task.schema.with_truth())
    splits = [load_jets(toy_with_truth.parts, [split], toy_task.schema) for split in ("train", "validation")]
    return network.train(toy_task, *(split_of(jets, factors=factors) for jets in splits)), toy_task.schema


def with_truth(toy_with_truth, schema):
    """Test jets, their inputs and the truth of their constituents."""
    jets = load_jets(toy_with_truth.parts, ["test"], schema)
    rows = np.arange(len(jets))
    return jets, jets.inputs(rows, 15), jets.targets(rows, 15)["constituents_truth"]


@pytest.mark.parametrize("card", [ALONE, WITH_CLASSES], ids=["alone", "with the classes"])
def test_constituents_of_the_signal_are_identified(toy_with_truth, card):
    (model, history), schema = trained(toy_with_truth, card)
    jets, inputs, truth = with_truth(toy_with_truth, schema)
    outputs = model.predict_on_batch(inputs)
    real = inputs["constituents_mask"]
    assert 0 < truth[real].mean() < 0.5
    assert roc_auc_score(truth[real], outputs["constituent_scores"][real]) > 0.85
    not_empty = jets.lengths() > 0
    assert roc_auc_score(jets.label[not_empty], outputs["scores"][not_empty, 1]) > 0.9
    assert ("accuracy" in history) == (card is WITH_CLASSES)


def test_the_total_loss_is_the_weighted_sum_of_both(toy_with_truth):
    from tagwerk.training.objectives import TaggerObjective
    from tagwerk.training.train_step import Steps

    (model, _), schema = trained(toy_with_truth, WITH_CLASSES, 1)
    jets = load_jets(toy_with_truth.parts, ["test"], schema)
    rows = np.arange(8)
    targets, inputs = jets.targets(rows, 15), jets.inputs(rows, 15)
    outputs, real = model.predict_on_batch(inputs), inputs["constituents_mask"]
    scores = outputs["constituent_scores"]
    likelihood = np.where(targets["constituents_truth"] > 0, scores, 1 - scores)
    of_constituents = [-np.log(p[m]).mean() if m.any() else 0 for p, m in zip(likelihood, real, strict=True)]
    loss = 2 * np.array(of_constituents) - np.log(outputs["scores"][rows, jets.label[rows]])

    from tagwerk.training.batches import Batch

    weights = {"scores": 1.0, "constituent_scores": 2.0}
    steps = Steps(model, keras.optimizers.SGD(), TaggerObjective(weights, ["constituents"]))
    assert steps.test_on_batch(Batch(jets, rows, 15))[1] == pytest.approx(loss.sum(), rel=1e-4)


def test_jets_of_a_class_that_an_autoencoder_was_not_trained_on_are_anomalous(toy_with_truth):
    from tagwerk.training import network

    (model, history), _ = trained(toy_with_truth, DECODER, 30, factors=(1.0, 0.0))
    assert history.val_loss.min() < 0.8 * history.val_loss[0]
    jets = load(toy_with_truth, "test")
    not_empty = jets.lengths() > 0
    assert roc_auc_score(jets.label[not_empty], network.scores(model, jets)[not_empty, 1]) > 0.75


@pytest.mark.parametrize("card", [ALONE, DECODER], ids=["constituent_labels", "encoder_decoder"])
def test_both_train_and_score_from_the_command_line(toy_with_truth, tmp_path, card):
    path = write_card(tmp_path / "tagger.yaml", card)
    train, score = train_and_score(toy_with_truth, "lstm", tmp_path, 2)
    train[1] = path
    assert run(*train) == 0
    assert run(*score) == 0


def test_labels_of_the_signal_decay_are_compared_with_labelling_all_constituents_the_same(toy_with_truth, tmp_path):
    train, score = train_and_score(toy_with_truth, "lstm", tmp_path, 20)
    train[1] = write_card(tmp_path / "lstm.yaml", ALONE)
    assert run(*train) == 0
    assert run(*score) == 0
    cards = load_cards(toy_with_truth.study)
    study = cards.study.model_copy(update={"taggers": ["lstm"]})
    cards = cards._replace(taggers={"lstm": Tagger.load(tmp_path / "lstm.yaml")}, study=study)
    (found,) = measure_labels(cards, {"lstm": [read_run(tmp_path / "lstm", ["narrow", "wide"])]})
    together, signal = found.samples
    assert (found.sequence, list(found.origins)) == ("constituents", ["other", "signal"])
    assert (together.most_frequent, signal.of_class) == ("other", "wide")
    assert together.gain.value > 3 * together.gain.uncertainty
    assert all(origin.auc.value > 0.85 for origin in together.origins)


def test_truth_is_not_needed_to_score(toy_with_truth, tmp_path):
    from tagwerk.training.model import load_record

    path = write_card(tmp_path / "tagger.yaml", changed(ALONE, "hyperparameters.units", [2]))
    train, _ = train_and_score(toy_with_truth, "lstm", tmp_path, 1)
    train[1] = path
    assert run(*train) == 0
    assert load_record(tmp_path / "lstm/model").schema_.truth == []
