"""How well a trained network does on each validation jet."""

from typing import Any

import keras
import numpy as np
import tensorflow as tf

from tagwerk.arrays import Floats
from tagwerk.training.batches import ordered
from tagwerk.training.fit import SCORING_BATCH, SCORING_BUCKETS
from tagwerk.training.objectives import losses
from tagwerk.training.split_jets import SplitJets
from tagwerk.training.task import Task
from tagwerk.tuning.losses import MOST


def jet_losses(model: keras.Model, task: Task, validation: SplitJets) -> Floats:
    """Return weight, loss and length of validation jets, (3, N), of at most so many of all lengths.

    They come in the same order for every trial; not where `validation` may take another part of the memory.
    """
    find, found = _finder(model, task), []
    for jets in validation.pools(np.random.default_rng((task.seed, 0))):
        for batch in ordered(jets, SCORING_BUCKETS, SCORING_BATCH):
            targets, lengths = batch.targets(), batch.jets.lengths()[batch.rows]
            found.append(np.array([targets["weight"], find(batch.inputs(), targets), lengths], np.float32))
    return np.concatenate(found, axis=1)[:, :: -(-len(validation) // MOST)]


def _finder(model: keras.Model, task: Task) -> Any:
    """Return a function from inputs and targets to each jet's loss, (B,), traced once for batches of any length."""
    inputs = {name: tf.TensorSpec(each.shape, each.dtype, name) for name, each in model.input.items()}
    targets = {"label": tf.TensorSpec([None], tf.int64), "weight": tf.TensorSpec([None], tf.float32)}
    targets |= {f"{name}_truth": tf.TensorSpec([None, None], tf.float32) for name in task.schema.truth}

    def find(inputs: Any, targets: Any) -> Any:
        return losses(model(inputs, training=False), inputs | targets, task.tagger.losses)

    return tf.function(find, input_signature=[inputs, targets])
