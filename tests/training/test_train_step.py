import numpy as np
import pytest

from tests.training.conftest import load, split_of, task

pytestmark = pytest.mark.usefixtures("tensorflow")


@pytest.fixture(scope="module")
def trainer(toy):
    from tagwerk.layers.model_inputs import model_inputs
    from tagwerk.training.objectives import TaggerObjective
    from tagwerk.training.trainer import Trainer

    toy_task = task(toy, batch_size=7)
    model = toy_task.tagger.build(model_inputs(toy_task.schema, toy_task.tagger.inputs, toy_task.summary))
    splits = [split_of(load(toy, split)) for split in ("train", "validation")]
    return Trainer(model, TaggerObjective({"scores": 1.0}), toy_task.tagger.training, *splits, epochs=3, seed=1)


def test_batches_of_other_lengths_and_sizes_cause_no_retracing(trainer):
    from tagwerk.progress import progress

    with progress("train", 1, "jets") as bar:
        for _ in range(3):
            trainer.train_epoch(bar)
    assert trainer._steps.traces == 2


def test_the_sums_are_of_weight_loss_and_correct_predictions(trainer, toy):
    from tagwerk.training.batches import Batch

    jets = load(toy, "validation")
    jets = jets.with_weights(np.linspace(0, 3, len(jets)))
    rows = np.arange(5, 20)
    batch = Batch(jets, rows, 15)
    scores = trainer.model.predict_on_batch(batch.inputs())["scores"]
    loss, correct = -np.log(scores[np.arange(15), jets.label[rows]]), scores.argmax(axis=1) == jets.label[rows]
    weight = jets.weight[rows]
    expected = [weight.sum(), (weight * loss).sum(), (weight * correct).sum()]
    assert trainer._steps.test_on_batch(batch) == pytest.approx(expected, rel=1e-5)


def test_a_step_descends_the_gradient_of_the_mean_weighted_loss(trainer, toy):
    """Compared with Keras's own training on the same batch."""
    import keras

    from tagwerk.training.batches import Batch
    from tagwerk.training.objectives import TaggerObjective
    from tagwerk.training.train_step import Steps

    jets = load(toy, "train")
    batch = Batch(jets.with_weights(np.linspace(0, 3, len(jets))), np.arange(12), 15)
    ours, compiled = (keras.models.clone_model(trainer.model) for _ in range(2))
    compiled.set_weights(ours.get_weights())
    Steps(ours, keras.optimizers.SGD(0.5), TaggerObjective({"scores": 1.0})).train_on_batch(batch)
    compiled.compile(optimizer=keras.optimizers.SGD(0.5), loss={"scores": "sparse_categorical_crossentropy"})
    targets = batch.targets()
    compiled.train_on_batch(batch.inputs(), {"scores": targets["label"]}, sample_weight={"scores": targets["weight"]})
    for weights, expected in zip(ours.get_weights(), compiled.get_weights(), strict=True):
        np.testing.assert_allclose(weights, expected, atol=1e-6)


@pytest.mark.parametrize("precision", ["mixed_bfloat16", "mixed_float16"])
def test_half_precision_learns_and_does_not_change_the_global_policy(toy, precision):
    import keras

    from tagwerk.layers.precision import policy_of
    from tagwerk.training import network

    splits = [split_of(load(toy, split)) for split in ("train", "validation")]
    keras.utils.set_random_seed(1)
    model, history = network.train(task(toy, epochs=10, precision=precision, patience=10), *splits)
    assert history.val_loss.min() < 0.75 * history.val_loss[0]
    single = [layer for layer in model.layers if layer.name in ("scores", "constituent_features")]
    assert {layer.compute_dtype for layer in single} == {"float32"}
    assert policy_of(precision) in [layer.dtype_policy for layer in model.layers]
    assert keras.config.dtype_policy().name == "float32"
