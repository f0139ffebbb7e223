"""Keras networks: training that keeps the best epoch's weights, and scoring."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
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
from tagwerk.jets.ordering import ranges, starts
from tagwerk.layers.model_inputs import model_inputs
from tagwerk.layers.numpy_operation import available_threads
from tagwerk.layers.portable import packing_enabled
from tagwerk.layers.precision import policy_of
from tagwerk.layers.schema import Schema
from tagwerk.progress import progress
from tagwerk.stopping import Stopped, postponed, stop_if_asked
from tagwerk.surroundings import configure_keras
from tagwerk.training.batches import Batch, scoring_batches
from tagwerk.training.checkpoint import Checkpoint
from tagwerk.training.loading import Jets
from tagwerk.training.malloc import reuse_freed_memory
from tagwerk.training.network_classes import check_network
from tagwerk.training.objectives import TaggerObjective
from tagwerk.training.split_jets import SplitJets
from tagwerk.training.state import Row
from tagwerk.training.task import Task
from tagwerk.training.tensorboard import event_writer
from tagwerk.training.train_step import predictor
from tagwerk.training.trainer import SCORING_BATCH, Trainer

FILE = "model.keras"
_BASE_MEMORY = 1e9  # bytes, as measured: libraries, the LSTM of the demo and its batches


def prepare(seed: int, threads: int) -> None:
    """Seed all generators, set TensorFlow's threads and make its operations deterministic.

    Call it before anything else uses TensorFlow, whose threads cannot be changed afterwards.
    """
    configure_keras()
    tf.config.threading.set_intra_op_parallelism_threads(threads)
    tf.config.threading.set_inter_op_parallelism_threads(threads)
    tf.config.experimental.enable_op_determinism()
    for gpu in tf.config.list_physical_devices("GPU"):
        tf.config.experimental.set_memory_growth(gpu, True)
    reuse_freed_memory()
    threadpool_limits(1, "blas")  # recurrent layers split the batch among threads themselves
    keras.utils.set_random_seed(seed)


def train(
    task: Task,
    jets: SplitJets,
    validation: SplitJets,
    checkpoint: Checkpoint | None = None,
    watch: Callable[[Row], None] = lambda row: None,
) -> tuple[keras.Model, pd.DataFrame]:
    """Return the model with the weights of lowest validation loss, and the history, one row per epoch.

    Args:
        task: what to train.
        jets: to train on.
        validation: jets for early stopping.
        checkpoint: to resume from and save to, with TensorBoard's events and in the end the last epoch's model.
        watch: called with the row of the history after each epoch, of those before a resume at its start; may end the
            training by an exception.

    Raises:
        Stopped: a signal asks for it; the checkpoint is saved.
    """
    settings, objective = task.tagger.training, TaggerObjective(task.tagger.loss_weights, task.schema.truth)
    trainer = Trainer(
        _build(task),
        objective,
        settings,
        jets,
        validation,
        epochs=task.epochs,
        seed=task.seed,
        checkpoint=checkpoint,
    )
    with (
        progress("train", task.epochs * len(jets), "jets") as bar,
        event_writer(checkpoint.events if checkpoint is not None else None) as write,
        postponed(),
    ):
        bar.update(trainer.examples_done)
        try:
            for row in trainer.rows:
                watch(row)
            while not trainer.is_finished:
                row = trainer.train_epoch(bar)
                bar.set_postfix_str(f"epoch {row['epoch']} of {task.epochs}: validation loss {row['val_loss']:.4f}")
                write(row)
                watch(row)
                stop_if_asked()
        except Stopped as stop:
            trainer.save()
            if checkpoint is not None:
                stop.note = f"; all work is saved in {checkpoint.directory}, the same command resumes it"
            raise
    if checkpoint is not None:
        trainer.model.save(checkpoint.last_model)
    trainer.restore_best_weights()
    return trainer.model, pd.DataFrame(trainer.rows)


def _build(task: Task) -> keras.Model:
    policy = keras.config.dtype_policy()
    keras.config.set_dtype_policy(policy_of(task.tagger.training.precision))
    try:
        return task.tagger.build(
            model_inputs(task.schema, task.tagger.inputs, task.summary, task.tagger.training.classes)
        )
    finally:
        keras.config.set_dtype_policy(policy)


def most_epochs(task: Task) -> int:
    """Return the limit on the number of epochs."""
    return task.epochs


def least_memory(jets: SplitJets, validation: SplitJets) -> float:
    """Return the bytes that the training of a small network takes at least: TensorFlow, batches and windows of jets."""
    return _BASE_MEMORY + jets.in_memory + validation.in_memory


def scores(model: keras.Model, jets: Jets) -> Floats32:
    """Return the class probabilities of each jet, (N, classes), in the order of the jets."""
    probabilities = np.empty((len(jets), model.output["scores"].shape[-1]), np.float32)
    with progress("score", len(jets), "jets") as bar:
        for batch, outputs in _outputs(model, "scores", jets):
            probabilities[batch.rows] = outputs
            bar.update(len(batch))
    return probabilities


def constituent_scores(model: keras.Model, jets: Jets) -> Floats32:
    """Return the labels of all constituents of the jets' only sequence, (M,) or (M, K), in the order of the jets."""
    (lists,) = jets.sequences.values()
    first, origins = starts(lists.counts), model.output["constituent_scores"].shape[2:]
    labels = np.empty((lists.counts.sum(), *origins), np.float32)
    for batch, padded in _outputs(model, "constituent_scores", jets):
        counts = lists.counts[batch.rows]
        labels[ranges(first[batch.rows], counts)] = padded[np.arange(batch.length) < counts[:, None]]
    return labels


def _outputs(model: keras.Model, output: str, jets: Jets) -> Iterator[tuple[Batch, Floats32]]:
    """Yield all batches with an output of the model, computed in parallel threads, as each has serial parts."""
    predict, batches = predictor(model, output), list(scoring_batches(jets, SCORING_BATCH))
    pool = ThreadPoolExecutor(available_threads() if packing_enabled() else 1)
    try:
        yield from zip(batches, pool.map(lambda batch: np.asarray(predict(batch.inputs())), batches), strict=True)
    finally:
        pool.shutdown(cancel_futures=True)


def count_parameters(model: keras.Model) -> int:
    """Return the number of trainable parameters."""
    return sum(int(np.prod(weight.shape)) for weight in model.trainable_weights)


def save(model: keras.Model, directory: Path) -> None:
    """Write the model in Keras's own format."""
    model.save(directory / FILE)


def load(directory: Path) -> keras.Model:
    """Return the model that `save` wrote.

    Raises:
        ValueError: it contains something that could run code or read files.
    """
    for module in iter_modules(tagwerk.layers.__path__, "tagwerk.layers."):
        import_module(module.name)  # registers our layers with Keras
    check_network(directory / FILE)
    return keras.models.load_model(directory / FILE, compile=False, safe_mode=True)


def check(model: keras.Model, schema: Schema) -> None:
    """Raise ValueError unless `load` returned a model of these columns and classes."""
    expected = {"jet": len(schema.scalars)} | {name: len(columns) for name, columns in schema.sequences.items()}
    if not isinstance(model.input, dict) or not isinstance(model.output, dict) or "scores" not in model.output:
        raise ValueError("it is not a tagger")
    features = {name: tensor.shape[-1] for name, tensor in model.input.items() if not name.endswith("_mask")}
    if features != expected or model.output["scores"].shape[-1] != len(schema.classes):
        raise ValueError("it has other variables or classes")
