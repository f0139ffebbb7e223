"""Keras networks: training that keeps the best epoch, and scoring."""

from collections.abc import Callable, Iterable
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from time import perf_counter

import keras
import numpy as np
import numpy.typing as npt
import pandas as pd
import tensorflow as tf
from sklearn.metrics import accuracy_score, log_loss

import tagwerk.layers
from tagwerk.cards.tagger import Training
from tagwerk.errors import UserError
from tagwerk.layers.front import front
from tagwerk.progress import Bar, progress
from tagwerk.training.batches import Batch, epoch, ordered, shuffled
from tagwerk.training.buckets import bucket_edges
from tagwerk.training.jets import Jets
from tagwerk.training.task import Task

Floats = npt.NDArray[np.float32]

_SCORING_BATCH = 512
_SCORING_BUCKETS = 8


def prepare(seed: int, threads: int) -> None:
    """Seed every generator and bind TensorFlow to so many threads and to operations that repeat to the bit.

    To be called before anything else touches TensorFlow; afterwards its threads cannot be changed.
    """
    tf.config.threading.set_intra_op_parallelism_threads(threads)
    tf.config.threading.set_inter_op_parallelism_threads(threads)
    tf.config.experimental.enable_op_determinism()
    keras.utils.set_random_seed(seed)


def train(task: Task, jets: Jets, validation: Jets) -> tuple[keras.Model, pd.DataFrame]:
    """Return the model as it was after the epoch of lowest validation loss, and the history, a row an epoch."""
    settings = task.tagger.training
    model = task.tagger.build(front(task.schema, task.tagger.inputs, task.summary))
    steps = -(-len(jets) // settings.batch_size)
    model.compile(
        optimizer=_optimizer(settings, task.epochs * steps),
        loss={"scores": "sparse_categorical_crossentropy"},
        weighted_metrics={"scores": [keras.metrics.SparseCategoricalAccuracy(name="accuracy")]},
        jit_compile=False,
    )
    lengths, random = jets.lengths(), np.random.default_rng(task.seed)
    edges = bucket_edges(np.bincount(lengths), settings.length_buckets)
    best, history = _Best(model), []
    with progress("train", task.epochs * len(jets), "jets") as bar:
        for number in range(1, task.epochs + 1):
            start = perf_counter()
            batches = shuffled(lengths, edges, settings.batch_size, random)
            row = {"epoch": number} | _pass(model, epoch(jets, batches), bar) | _validate(model, validation)
            history.append(row | {"seconds": perf_counter() - start})
            bar.set_postfix_str(f"validation loss {row['val_loss']:.4f}")
            if best.epochs_since(row["val_loss"]) > settings.patience:
                break
    best.restore()
    return model, pd.DataFrame(history)


def scores(model: keras.Model, jets: Jets) -> Floats:
    """Return the class probabilities of every jet, (N, classes), in the order of the jets."""
    with progress("score", len(jets), "jets") as bar:
        return _probabilities(model, jets, bar.update)


def parameters(model: keras.Model) -> int:
    """Return how many numbers training may change."""
    return sum(int(np.prod(weight.shape)) for weight in model.trainable_weights)


def save(model: keras.Model, directory: Path) -> None:
    """Write the model in Keras's own format."""
    model.save(directory / "model.keras")


def load(directory: Path) -> keras.Model:
    """Return the model that `save` wrote."""
    for layers in iter_modules(tagwerk.layers.__path__, "tagwerk.layers."):
        import_module(layers.name)  # so that Keras knows every layer of ours
    return keras.models.load_model(directory / "model.keras", compile=False)


class _Best:
    """The weights at the lowest validation loss so far."""

    def __init__(self, model: keras.Model) -> None:
        self.model, self.loss, self.age, self.weights = model, np.inf, 0, model.get_weights()

    def epochs_since(self, loss: float) -> int:
        """Take note of another epoch's loss; return how many epochs ago the lowest was."""
        self.age += 1
        if loss < self.loss:
            self.loss, self.age, self.weights = loss, 0, self.model.get_weights()
        return self.age

    def restore(self) -> None:
        """Give the model the best weights back."""
        self.model.set_weights(self.weights)


def _optimizer(settings: Training, steps: int) -> keras.optimizers.Optimizer:
    """Return AdamW (arXiv:1711.05101) whose rate rises linearly, then falls along a cosine to zero."""
    warmup = int(settings.warmup * steps)
    rate = (
        keras.optimizers.schedules.CosineDecay(
            0.0, max(steps - warmup, 1), warmup_target=settings.learning_rate, warmup_steps=warmup
        )
        if warmup
        else keras.optimizers.schedules.CosineDecay(settings.learning_rate, steps)
    )
    optimizer = keras.optimizers.AdamW(rate, weight_decay=settings.weight_decay, global_clipnorm=settings.gradient_clip)
    optimizer.exclude_from_weight_decay(var_names=["bias"])
    return optimizer


def _pass(model: keras.Model, batches: Iterable[Batch], bar: Bar) -> dict[str, float]:
    """Train on every batch once; return the mean loss and accuracy, and the learning rate at the end."""
    sums, total = np.zeros(2), 0.0
    for inputs, label, weight in batches:
        loss, accuracy = model.train_on_batch(inputs, {"scores": label}, sample_weight={"scores": weight})
        # Keras divides the loss by the number of jets, the accuracy by their weight.
        sums += loss * len(label), accuracy * weight.sum()
        total += weight.sum()
        bar.update(len(label))
    if not np.isfinite(sums).all():
        raise UserError("the training loss is no longer a number; lower 'training.learning_rate' in the tagger's card")
    rate = float(model.optimizer.learning_rate)
    return {"loss": sums[0] / total, "accuracy": sums[1] / total, "learning_rate": rate}


def _validate(model: keras.Model, jets: Jets) -> dict[str, float]:
    probabilities = _probabilities(model, jets, lambda jets: None).astype(np.float64)
    probabilities /= probabilities.sum(axis=1, keepdims=True)
    label, weight = jets.label, jets.weight
    return {
        "val_loss": log_loss(label, probabilities, sample_weight=weight, labels=range(probabilities.shape[1])),
        "val_accuracy": accuracy_score(label, probabilities.argmax(axis=1), sample_weight=weight),
    }


def _probabilities(model: keras.Model, jets: Jets, done: Callable[[int], object]) -> Floats:
    lengths = jets.lengths()
    batches = ordered(lengths, bucket_edges(np.bincount(lengths), _SCORING_BUCKETS), _SCORING_BATCH)
    probabilities = np.empty((len(jets), model.output["scores"].shape[-1]), np.float32)
    for rows, length in batches:
        probabilities[rows] = model.predict_on_batch(jets.inputs(rows, length))["scores"]
        done(len(rows))
    return probabilities
