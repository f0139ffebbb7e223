"""Keras networks: training that keeps the best epoch, and scoring."""

from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules

import keras
import numpy as np
import pandas as pd
import tensorflow as tf
from threadpoolctl import threadpool_limits

import tagwerk.layers
from tagwerk.arrays import Floats32
from tagwerk.layers.schema import Schema
from tagwerk.progress import progress
from tagwerk.surroundings import settle_keras
from tagwerk.training.batches import ordered
from tagwerk.training.checkpoint import Unfinished
from tagwerk.training.fit import SCORING_BATCH, SCORING_BUCKETS, Fit
from tagwerk.training.loading import Jets
from tagwerk.training.malloc import keep_memory
from tagwerk.training.split_jets import SplitJets
from tagwerk.training.state import Row
from tagwerk.training.task import Task
from tagwerk.training.tensorboard import events
from tagwerk.training.train_step import predictor

FILE = "model.keras"


def prepare(seed: int, threads: int) -> None:
    """Seed every generator, bind TensorFlow to so many threads, and to operations that repeat to the bit.

    To be called before anything else touches TensorFlow; afterwards its threads cannot be changed.
    """
    settle_keras()
    tf.config.threading.set_intra_op_parallelism_threads(threads)
    tf.config.threading.set_inter_op_parallelism_threads(threads)
    tf.config.experimental.enable_op_determinism()
    for processor in tf.config.list_physical_devices("GPU"):
        tf.config.experimental.set_memory_growth(processor, True)
    keep_memory()
    threadpool_limits(1, "blas")  # recurrent layers give each thread a part of the batch
    keras.utils.set_random_seed(seed)


def train(
    task: Task,
    jets: SplitJets,
    validation: SplitJets,
    unfinished: Unfinished | None = None,
    watch: Callable[[Row], None] = lambda row: None,
) -> tuple[keras.Model, pd.DataFrame]:
    """Return the model as it was after the epoch of lowest validation loss, and the history, a row an epoch.

    Args:
        task: what is to be trained.
        jets: to learn from.
        validation: by whose loss to stop.
        unfinished: where to keep what it takes to go on, TensorBoard's events, and in the end the last epoch's model.
        watch: is given the history's row after each epoch, and may end the training by an exception.
    """
    fit = Fit(task, jets, validation, unfinished)
    with (
        progress("train", task.epochs * len(jets), "jets") as bar,
        events(unfinished.events if unfinished is not None else None) as write,
    ):
        bar.update(fit.jets_done)
        while not fit.is_over:
            row = fit.epoch(bar)
            bar.set_postfix_str(f"validation loss {row['val_loss']:.4f}")
            write(row)
            watch(row)
    if unfinished is not None:
        fit.model.save(unfinished.last)
    fit.use_best()
    return fit.model, fit.history


def scores(model: keras.Model, jets: Jets) -> Floats32:
    """Return the class probabilities of every jet, (N, classes), in the order of the jets."""
    predict = predictor(model)
    probabilities = np.empty((len(jets), model.output["scores"].shape[-1]), np.float32)
    with progress("score", len(jets), "jets") as bar:
        for batch in ordered(jets, SCORING_BUCKETS, SCORING_BATCH):
            probabilities[batch.rows] = predict(batch.inputs())
            bar.update(len(batch))
    return probabilities


def parameters(model: keras.Model) -> int:
    """Return how many numbers training may change."""
    return sum(int(np.prod(weight.shape)) for weight in model.trainable_weights)


def save(model: keras.Model, directory: Path) -> None:
    """Write the model in Keras's own format."""
    model.save(directory / FILE)


def load(directory: Path) -> keras.Model:
    """Return the model that `save` wrote."""
    for layers in iter_modules(tagwerk.layers.__path__, "tagwerk.layers."):
        import_module(layers.name)  # so that Keras knows every layer of ours
    return keras.models.load_model(directory / FILE, compile=False)


def check(model: keras.Model, schema: Schema) -> None:
    """Raise ValueError where what `load` returned is no model of these columns and classes."""
    wanted = {"jet": len(schema.scalars)} | {name: len(columns) for name, columns in schema.sequences.items()}
    if not isinstance(model.input, dict) or not isinstance(model.output, dict) or "scores" not in model.output:
        raise ValueError("it is no tagger")
    takes = {name: each.shape[-1] for name, each in model.input.items() if not name.endswith("_mask")}
    if takes != wanted or model.output["scores"].shape[-1] != len(schema.classes):
        raise ValueError("it is of other variables or classes")
