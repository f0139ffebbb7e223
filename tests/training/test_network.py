"""Training and scoring of networks on the toy jets."""

from dataclasses import replace
from pathlib import Path

import awkward as ak
import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from tagwerk.cards.tagger import Tagger
from tagwerk.training.loading import concatenate
from tests.training.conftest import load, split_of, task

pytestmark = pytest.mark.usefixtures("tensorflow")


@pytest.fixture(scope="module")
def library(tensorflow):
    from tagwerk.training import network

    return network


class SmallTagger:
    """The part of a tagger card that training needs; its network is one dense layer on the mean constituent."""

    def __init__(self, card):
        self.inputs, self.training, self.loss_weights = card.inputs, card.training, card.loss_weights

    def build(self, inputs):
        import keras

        from tagwerk.layers.pooling import MaskedMean

        encoded = keras.layers.Dense(4, activation="relu")(MaskedMean()(*inputs.sequence))
        return inputs.model(keras.layers.Dense(len(inputs.classes), activation="softmax")(encoded))


@pytest.fixture(scope="module")
def train(library, toy):
    """A function that trains the small network with the given settings, by default on the toy jets."""
    import keras

    def run(epochs=2, seed=1, jets=None, validation=None, **settings):
        keras.utils.set_random_seed(seed)
        small = task(toy, "lstm", epochs, seed, **settings)
        small = replace(small, tagger=SmallTagger(small.tagger))
        splits = jets or load(toy, "train"), validation or load(toy, "validation")
        return library.train(small, *map(split_of, splits))

    return run


def same(model, other):
    return all(np.array_equal(a, b) for a, b in zip(model.get_weights(), other.get_weights(), strict=True))


def loss_of(scores, jets):
    """The mean cross entropy, -ln of the score of each jet's true class."""
    return -np.log(scores[np.arange(len(jets)), jets.label]).mean()


def flipped(jets):
    """The same jets with swapped labels: the better a model learns, the higher their loss."""
    return replace(jets, records=ak.with_field(jets.records, 1 - jets.records.label, "label"))


def test_a_toy_problem_is_learnt_and_the_losses_fall(train, library, toy):
    model, history = train(epochs=15)
    test = load(toy, "test")
    constituents = test.lengths() > 0
    assert roc_auc_score(test.label[constituents], library.scores(model, test)[constituents, 1]) > 0.9
    assert history.loss.iloc[-1] < 0.5 * history.loss.iloc[0]
    assert history.val_loss.min() < 0.7 * history.val_loss.iloc[0]
    assert history.val_accuracy.max() > 0.8


def test_the_history_has_one_row_per_epoch(train):
    _, history = train(epochs=3)
    columns = ["epoch", "loss", "accuracy", "learning_rate", "val_loss", "val_accuracy", "seconds"]
    assert history.epoch.tolist() == [1, 2, 3]
    assert set(history.columns) == set(columns)
    assert np.isfinite(history.to_numpy()).all()


def test_the_model_is_that_of_the_epoch_of_lowest_validation_loss(train, library, toy):
    wrong = flipped(load(toy, "validation"))
    model, history = train(epochs=6, validation=wrong)
    best = history.val_loss.idxmin()
    assert best < 5
    assert loss_of(library.scores(model, wrong), wrong) == pytest.approx(history.val_loss[best], rel=1e-5)


@pytest.mark.parametrize("patience", [0, 2])
def test_training_stops_when_the_validation_loss_no_longer_improves(train, toy, patience):
    _, history = train(epochs=12, validation=flipped(load(toy, "validation")), patience=patience)
    assert len(history) < 12
    assert len(history) == history.val_loss.idxmin() + 1 + patience + 1


def test_on_a_plateau_the_learning_rate_falls_from_the_best_epoch_on_and_training_ends(train, toy):
    wrong, settings = flipped(load(toy, "validation")), {"schedule": "plateau", "warmup": 0, "batch_size": 1000}
    _, history = train(epochs=50, validation=wrong, patience=2, learning_rate=0.01, **settings)
    # The flipped loss is best after the first epoch; after three more, it falls for one: a quarter of four.
    assert history.learning_rate.tolist() == pytest.approx([0.01] * 4 + [0])
    assert history.val_loss[4] < history.val_loss[3]


def test_without_a_plateau_the_learning_rate_has_fallen_when_the_epochs_run_out(train):
    _, history = train(epochs=10, schedule="plateau", warmup=0, patience=10, learning_rate=0.01)
    assert len(history) == 10
    assert history.learning_rate[:8].tolist() == pytest.approx([0.01] * 8)
    assert history.learning_rate[9] == pytest.approx(0, abs=1e-6)
    assert len(train(epochs=1, schedule="plateau")[1]) == 1


def test_with_one_batch_per_epoch_training_and_validation_losses_are_of_the_same_jets(train, toy):
    jets = load(toy, "train")
    _, history = train(epochs=3, validation=jets, batch_size=1000)
    # The validation loss after one epoch is the training loss of the next, before its step.
    assert history.loss[1:].tolist() == pytest.approx(history.val_loss[:-1].tolist(), rel=1e-4)
    assert history.accuracy[1:].tolist() == pytest.approx(history.val_accuracy[:-1].tolist(), abs=1e-6)


def test_losses_are_weighted_means_over_batches_of_any_weight(train, toy):
    jets = load(toy, "train")
    uneven = jets.with_weights(np.linspace(0, 10, len(jets)) ** 2)
    _, history = train(epochs=1, jets=uneven, validation=uneven, batch_size=16, learning_rate=1e-9)
    assert history.loss[0] == pytest.approx(history.val_loss[0], rel=1e-4)
    assert history.accuracy[0] == pytest.approx(history.val_accuracy[0], abs=1e-6)


def test_the_learning_rate_rises_to_that_of_the_card_and_falls_to_zero(train):
    _, history = train(epochs=10, batch_size=1000, learning_rate=0.01, warmup=0.3, patience=10)
    rate = history.learning_rate
    assert rate.max() == pytest.approx(0.01, rel=1e-3)
    assert rate.idxmax() == 2
    assert (rate[:3].diff().dropna() > 0).all()
    assert (rate[2:].diff().dropna() < 0).all()
    assert rate.iloc[-1] == pytest.approx(0, abs=1e-5)


@pytest.mark.parametrize(
    "settings",
    [{"gradient_clip": 1e-3}, {"weight_decay": 0.5}, {"warmup": 0.9}, {"batch_size": 50}],
    ids=str,
)
def test_every_setting_of_the_card_has_an_effect(train, base, settings):
    assert not same(train(**settings)[0], base)


@pytest.fixture(scope="module")
def base(train):
    return train()[0]


def test_one_seed_repeats_bit_for_bit_and_another_does_not(train, base):
    assert same(train()[0], base)
    assert not same(train(seed=2)[0], base)


def test_scores_are_in_the_order_of_the_jets_and_not_of_their_lengths(library, base, toy):
    jets = load(toy, "test")
    scores = library.scores(base, jets)
    for row in range(0, len(jets), 5):
        length = max(1, int(jets.lengths()[row]))
        alone = base.predict_on_batch(jets.inputs(np.array([row]), length))["scores"]
        np.testing.assert_allclose(scores[row], alone[0], atol=1e-6)
    assert len(np.unique(scores[:, 0])) > 0.8 * len(jets)


@pytest.mark.parametrize("card", ["lstm", "transformer", "particle_net"])
def test_a_stored_network_of_any_precision_scores_as_before(card, library, toy, tmp_path):
    test = load(toy, "test")
    small = task(toy, "lstm")
    tagger = Tagger.load(Path(f"config/taggers/{card}.yaml"))
    settings = tagger.training.model_copy(update={"precision": "mixed_bfloat16"})
    small = replace(small, tagger=tagger.model_copy(update={"inputs": small.tagger.inputs, "training": settings}))
    model, _ = library.train(small, *(split_of(load(toy, split)) for split in ("train", "validation")))
    library.save(model, tmp_path)
    np.testing.assert_array_equal(library.scores(library.load(tmp_path), test), library.scores(model, test))


def test_jets_that_are_all_empty_are_scored(library, base, toy):
    jets = load(toy, "test")
    lists = jets.sequences["constituents"]
    empty = replace(lists, content=lists.content[:0], counts=0 * lists.counts, starts=0 * lists.counts)
    assert np.isfinite(library.scores(base, replace(jets, sequences={"constituents": empty}))).all()


def test_jets_of_zero_weight_count_neither_in_training_nor_in_the_history(train, toy):
    jets = load(toy, "train")
    with_flipped = concatenate([jets, flipped(jets).with_weights(np.zeros(len(jets)))])
    _, history = train(epochs=15, jets=with_flipped, validation=with_flipped)
    assert history.accuracy.iloc[-1] > 0.8
    assert history.val_accuracy.iloc[-1] > 0.8


def test_a_loss_that_is_not_finite_is_refused(train, toy):
    from tagwerk.errors import UserError

    jets = load(toy, "train")
    broken = replace(jets, scalars=jets.scalars * np.nan)
    with pytest.raises(UserError, match=r"batch 1 of epoch 1: 'pt' of event \d+ of file 'toy_[01]' is not finite"):
        train(epochs=1, jets=broken)


def test_parameters_are_the_trainable_ones(library, base):
    features, dense, classes = 5, 4, 2
    assert library.count_parameters(base) == dense * (features + 1) + classes * (dense + 1)
