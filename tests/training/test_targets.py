"""Networks that learn something else than classes alone."""

from dataclasses import replace

import keras
import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from tagwerk.cards.tagger import Tagger
from tests.conftest import TAGGERS, changed, run, train_and_score, write_card
from tests.training.conftest import load, load_jets, split_of, task

pytestmark = pytest.mark.usefixtures("tensorflow")

LABELS = TAGGERS["lstm"] | {"architecture": "constituent_labels"}
ALONE = LABELS | {"hyperparameters": {"units": [6], "signal": "wide"}}
BESIDE = LABELS | {"hyperparameters": {"units": [6], "dense": [4], "share": 2.0}}
DECODER = TAGGERS["lstm"] | {
    "architecture": "encoder_decoder",
    "hyperparameters": {"units": 8, "code": 3, "constituents": 6},
    "training": {"batch_size": 16, "learning_rate": 0.02, "classes": ["narrow"], "patience": 20},
}


def trained(truthful, card, epochs=20, factors=(1.0, 1.0)):
    from tagwerk.training import network

    keras.utils.set_random_seed(1)
    work = task(truthful, epochs=epochs)
    work = replace(work, tagger=Tagger.model_validate(card))
    if work.tagger.needs_truth:
        work = replace(work, schema=work.schema.with_truth())
    splits = [load_jets(truthful.parts, [split], work.schema) for split in ("train", "validation")]
    return network.train(work, *(split_of(jets, factors=factors) for jets in splits)), work.schema


def with_truth(truthful, schema):
    """Test jets, the inputs of all and the truth of their constituents."""
    jets = load_jets(truthful.parts, ["test"], schema)
    rows = np.arange(len(jets))
    return jets, jets.inputs(rows, 15), jets.targets(rows, 15)["constituents_truth"]


@pytest.mark.parametrize("card", [ALONE, BESIDE], ids=["alone", "beside the classes"])
def test_constituents_of_the_signal_are_found(truthful, card):
    (model, history), schema = trained(truthful, card)
    jets, inputs, truth = with_truth(truthful, schema)
    found = model.predict_on_batch(inputs)
    real = inputs["constituents_mask"]
    assert 0 < truth[real].mean() < 0.5
    assert roc_auc_score(truth[real], found["constituent_scores"][real]) > 0.85
    some = jets.lengths() > 0
    assert roc_auc_score(jets.label[some], found["scores"][some, 1]) > 0.9
    assert ("accuracy" in history) == (card is BESIDE)


def test_the_loss_of_both_is_their_sum_by_shares(truthful):
    from tagwerk.training.train_step import Steps

    (model, _), schema = trained(truthful, BESIDE, 1)
    jets = load_jets(truthful.parts, ["test"], schema)
    rows = np.arange(8)
    targets, inputs = jets.targets(rows, 15), jets.inputs(rows, 15)
    found, real = model.predict_on_batch(inputs), inputs["constituents_mask"]
    ones = np.where(targets["constituents_truth"] > 0, found["constituent_scores"], 1 - found["constituent_scores"])
    each = [-np.log(p[m]).mean() if m.any() else 0 for p, m in zip(ones, real, strict=True)]
    loss = 2 * np.array(each) - np.log(found["scores"][rows, jets.label[rows]])

    from tagwerk.training.batches import Batch

    steps = Steps(model, keras.optimizers.SGD(), {"scores": 1.0, "constituent_scores": 2.0}, ["constituents"])
    assert steps.validate(Batch(jets, rows, 15))[1] == pytest.approx(loss.sum(), rel=1e-4)


def test_jets_of_another_class_than_an_autoencoder_has_learnt_stand_out(truthful):
    from tagwerk.training import network

    (model, history), _ = trained(truthful, DECODER, 30, factors=(1.0, 0.0))
    assert history.val_loss.min() < 0.8 * history.val_loss[0]
    jets = load(truthful, "test")
    some = jets.lengths() > 0
    assert roc_auc_score(jets.label[some], network.scores(model, jets)[some, 1]) > 0.75


@pytest.mark.parametrize("card", [ALONE, DECODER], ids=["constituent_labels", "encoder_decoder"])
def test_both_train_and_score_from_the_command_line(truthful, tmp_path, card):
    path = write_card(tmp_path / "tagger.yaml", card)
    train, score = train_and_score(truthful, "lstm", tmp_path, 2)
    train[1] = path
    assert run(*train) == 0
    assert run(*score) == 0


def test_truth_is_not_needed_to_score(truthful, tmp_path):
    from tagwerk.training.model import load_record

    path = write_card(tmp_path / "tagger.yaml", changed(ALONE, "hyperparameters.units", [2]))
    train, _ = train_and_score(truthful, "lstm", tmp_path, 1)
    train[1] = path
    assert run(*train) == 0
    assert load_record(tmp_path / "lstm/model").schema_.truth == []
