"""The loss of a trained network on each validation jet."""

from typing import Any

import keras
import numpy as np
import tensorflow as tf

from tagwerk.arrays import Floats
from tagwerk.training.batches import scoring_batches
from tagwerk.training.objectives import TaggerObjective
from tagwerk.training.split_jets import SplitJets
from tagwerk.training.task import Task
from tagwerk.training.trainer import SCORING_BATCH
from tagwerk.tuning.losses import MAX_JETS


def jet_losses(model: keras.Model, task: Task, validation: SplitJets) -> Floats:
    """Return weight, loss and length of at most `MAX_JETS` validation jets of all lengths, (3, N), in a fixed order."""
    loss_of, losses = _loss_function(model, task), []
    for jets in validation.pools(np.random.default_rng((task.seed, 0))):
        for batch in scoring_batches(jets, SCORING_BATCH):
            targets, lengths = batch.targets(), batch.examples.lengths()[batch.rows]
            losses.append(np.array([targets["weight"], loss_of(batch.inputs(), targets), lengths], np.float32))
    return np.concatenate(losses, axis=1)[:, :: -(-len(validation) // MAX_JETS)]


def _loss_function(model: keras.Model, task: Task) -> Any:
    """Return a function from inputs and targets to the loss of each jet, (B,), traced once for all batch lengths."""
    inputs = {name: tf.TensorSpec(tensor.shape, tensor.dtype, name) for name, tensor in model.input.items()}
    objective = TaggerObjective(task.tagger.loss_weights, task.schema.truth)

    def loss_of(inputs: Any, targets: Any) -> Any:
        return objective.loss(model(inputs, training=False), inputs | targets)

    return tf.function(loss_of, [inputs, objective.specs()], autograph=False)
