"""TensorFlow functions of a batch, each traced once for batches of any length.

Without AutoGraph, which slows the tracing down: no branch depends on a tensor.
"""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import keras
import numpy as np
import numpy.typing as npt
import tensorflow as tf

from tagwerk.arrays import Tensor
from tagwerk.layers.numpy_operation import one_thread_each
from tagwerk.training.batches import Batch
from tagwerk.training.objectives import total_loss

Sums = npt.NDArray[np.float64]


class Steps:
    """The training and test steps of a model.

    Attributes:
        model, optimizer: updated by a training step.
        loss_weights: of each output that is trained.
    """

    def __init__(
        self,
        model: keras.Model,
        optimizer: keras.optimizers.Optimizer,
        loss_weights: Mapping[str, float],
        truth: list[str],
    ) -> None:
        """Build the optimizer; `truth` names the sequences whose constituents' truth is among the targets."""
        self.model, self.optimizer, self.loss_weights = model, optimizer, loss_weights
        optimizer.build(model.trainable_variables)
        inputs = {name: tf.TensorSpec(tensor.shape, tensor.dtype, name) for name, tensor in model.input.items()}
        targets = {"label": tf.TensorSpec([None], tf.int64), "weight": tf.TensorSpec([None], tf.float32)}
        targets |= {f"{name}_truth": tf.TensorSpec([None, None], tf.float32) for name in truth}
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
            loss = total_loss(outputs, inputs | targets, self.loss_weights)
            mean = tf.reduce_mean(targets["weight"] * loss)
            scaled = self.optimizer.scale_loss(mean)
        gradients = tape.gradient(scaled, self.model.trainable_variables)
        self.optimizer.apply(gradients, self.model.trainable_variables)
        sums = _sums(outputs, targets, loss)
        if isinstance(self.optimizer, keras.optimizers.LossScaleOptimizer):
            return sums  # it skips steps whose gradient overflows in half precision
        return sums + 0.0 * tf.linalg.global_norm(gradients)

    def _test_step(self, inputs: Tensor, targets: Tensor) -> Tensor:
        outputs = self.model(inputs, training=False)
        return _sums(outputs, targets, total_loss(outputs, inputs | targets, self.loss_weights))


@lru_cache(maxsize=2)  # tracing a model takes as long as scoring a thousand jets
def predictor(model: keras.Model, output: str = "scores") -> Any:
    """Return a function from inputs to one of a model's outputs, the same one for the same model.

    Its operations use one thread each: call it in several at once.
    """
    inputs = {name: tf.TensorSpec(tensor.shape, tensor.dtype, name) for name, tensor in model.input.items()}
    predict = tf.function(lambda inputs: model(inputs, training=False)[output], [inputs], autograph=False)
    with one_thread_each():
        return predict.get_concrete_function()


def _sums(outputs: Tensor, targets: Tensor, loss: Tensor) -> Tensor:
    weight = targets["weight"]
    correct = tf.cast(tf.argmax(outputs["scores"], axis=1) == targets["label"], weight.dtype)
    return tf.stack([tf.reduce_sum(weight), tf.reduce_sum(weight * loss), tf.reduce_sum(weight * correct)])
