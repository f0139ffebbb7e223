"""TensorFlow functions of a batch, each traced once for batches of any length.

Without AutoGraph, which slows the tracing down: no branch depends on a tensor.
"""

from functools import lru_cache
from typing import Any

import keras
import numpy as np
import numpy.typing as npt
import tensorflow as tf

from tagwerk.arrays import Tensor
from tagwerk.layers.numpy_operation import one_thread_each
from tagwerk.training.batches import Batch
from tagwerk.training.objectives import TrainingObjective

Sums = npt.NDArray[np.float64]


class Steps:
    """The training and test steps of a model.

    Attributes:
        model, optimizer: updated by a training step.
        objective: what they minimise.
    """

    def __init__(
        self,
        model: keras.Model,
        optimizer: keras.optimizers.Optimizer,
        objective: TrainingObjective,
    ) -> None:
        """Build the optimizer."""
        self.model, self.optimizer, self.objective = model, optimizer, objective
        optimizer.build(model.trainable_variables)
        inputs = {name: tf.TensorSpec(tensor.shape, tensor.dtype, name) for name, tensor in model.input.items()}
        targets = objective.specs()
        self._train = tf.function(self._train_step, [inputs, targets], autograph=False)
        self._test = tf.function(self._test_step, [inputs, targets], autograph=False)

    @property
    def traces(self) -> int:
        """Number of times that TensorFlow traced a step."""
        return sum(step.experimental_get_tracing_count() for step in (self._train, self._test))

    def train_on_batch(self, batch: Batch) -> Sums:
        """Take a step; return the sums of weight, weighted loss and weighted correct predictions before it.

        They are NaN if the gradient is not finite, since activations may hide a NaN from the loss.
        """
        return np.asarray(self._train(batch.inputs(), batch.targets()), np.float64)

    def test_on_batch(self, batch: Batch) -> Sums:
        """Return the same sums without taking a step."""
        return np.asarray(self._test(batch.inputs(), batch.targets()), np.float64)

    def _train_step(self, inputs: Tensor, targets: Tensor) -> Tensor:
        with tf.GradientTape() as tape:
            outputs = self.model(inputs, training=True)
            loss = self.objective.loss(outputs, inputs | targets)
            mean = tf.reduce_mean(targets["weight"] * loss)
            scaled = self.optimizer.scale_loss(mean)
        gradients = tape.gradient(scaled, self.model.trainable_variables)
        self.optimizer.apply(gradients, self.model.trainable_variables)
        sums = self._sums(outputs, targets, loss)
        if isinstance(self.optimizer, keras.optimizers.LossScaleOptimizer):
            return sums  # it skips steps whose gradient overflows in half precision
        return sums + 0.0 * tf.linalg.global_norm(gradients)

    def _test_step(self, inputs: Tensor, targets: Tensor) -> Tensor:
        outputs = self.model(inputs, training=False)
        return self._sums(outputs, targets, self.objective.loss(outputs, inputs | targets))

    def _sums(self, outputs: Tensor, targets: Tensor, loss: Tensor) -> Tensor:
        weight, classifies = targets["weight"], self.objective.classifies
        correct = tf.cast(self.objective.correct(outputs, targets), weight.dtype) if classifies else 0.0
        return tf.stack([tf.reduce_sum(weight), tf.reduce_sum(weight * loss), tf.reduce_sum(weight * correct)])


@lru_cache(maxsize=2)  # tracing a model takes as long as scoring a thousand jets
def predictor(model: keras.Model, output: str = "scores") -> Any:
    """Return a function from inputs to one of a model's outputs, the same one for the same model.

    Its operations use one thread each: call it in several at once.
    """
    inputs = {name: tf.TensorSpec(tensor.shape, tensor.dtype, name) for name, tensor in model.input.items()}
    predict = tf.function(lambda inputs: model(inputs, training=False)[output], [inputs], autograph=False)
    with one_thread_each():
        return predict.get_concrete_function()
