"""What TensorFlow computes of a batch, each traced once for batches of any length."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import keras
import numpy as np
import numpy.typing as npt
import tensorflow as tf

from tagwerk.arrays import Tensor
from tagwerk.training.batches import Batch
from tagwerk.training.objectives import losses

Sums = npt.NDArray[np.float64]


class Steps:
    """A model with what trains it.

    Attributes:
        model, optimizer: whose variables change.
        shares: of each output that is trained, its share of the loss.
    """

    def __init__(
        self, model: keras.Model, optimizer: keras.optimizers.Optimizer, shares: Mapping[str, float], truth: list[str]
    ) -> None:
        """Prepare training; `truth` names the sequences whose constituents' truth is among the targets."""
        self.model, self.optimizer, self.shares = model, optimizer, shares
        optimizer.build(model.trainable_variables)
        inputs = {name: tf.TensorSpec(each.shape, each.dtype, name) for name, each in model.input.items()}
        targets = {"label": tf.TensorSpec([None], tf.int64), "weight": tf.TensorSpec([None], tf.float32)}
        targets |= {f"{name}_truth": tf.TensorSpec([None, None], tf.float32) for name in truth}
        self._train = tf.function(self._step, input_signature=[inputs, targets])
        self._validate = tf.function(self._look, input_signature=[inputs, targets])

    @property
    def traces(self) -> int:
        """How many times a step was translated for TensorFlow."""
        return sum(each.experimental_get_tracing_count() for each in (self._train, self._validate))

    def train(self, batch: Batch) -> Sums:
        """Take a step; return the sums of weight, weighted loss and weighted right guesses before it.

        They are no numbers where the gradient is none: activations may hide from the loss what broke it.
        """
        return np.asarray(self._train(batch.inputs(), batch.targets()), np.float64)

    def validate(self, batch: Batch) -> Sums:
        """Return the same sums, and change nothing."""
        return np.asarray(self._validate(batch.inputs(), batch.targets()), np.float64)

    def _step(self, inputs: Tensor, targets: Tensor) -> Tensor:
        with tf.GradientTape() as tape:
            outputs = self.model(inputs, training=True)
            loss = losses(outputs, inputs | targets, self.shares)
            mean = tf.reduce_mean(targets["weight"] * loss)
            scaled = self.optimizer.scale_loss(mean)
        gradients = tape.gradient(scaled, self.model.trainable_variables)
        self.optimizer.apply(gradients, self.model.trainable_variables)
        sums = _sums(outputs, targets, loss)
        if isinstance(self.optimizer, keras.optimizers.LossScaleOptimizer):
            return sums  # which leaves out steps whose gradient is too large for half precision
        return sums + 0.0 * tf.linalg.global_norm(gradients)

    def _look(self, inputs: Tensor, targets: Tensor) -> Tensor:
        outputs = self.model(inputs, training=False)
        return _sums(outputs, targets, losses(outputs, inputs | targets, self.shares))


@lru_cache(maxsize=1)  # translating a model takes as long as scoring a thousand jets
def predictor(model: keras.Model) -> Any:
    """Return a function from inputs to the class probabilities (B, classes), the same one for the same model."""
    inputs = {name: tf.TensorSpec(each.shape, each.dtype, name) for name, each in model.input.items()}
    return tf.function(lambda inputs: model(inputs, training=False)["scores"], input_signature=[inputs])


def _sums(outputs: Tensor, targets: Tensor, loss: Tensor) -> Tensor:
    weight = targets["weight"]
    right = tf.cast(tf.argmax(outputs["scores"], axis=1) == targets["label"], weight.dtype)
    return tf.stack([tf.reduce_sum(weight), tf.reduce_sum(weight * loss), tf.reduce_sum(weight * right)])
