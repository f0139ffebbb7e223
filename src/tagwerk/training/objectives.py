"""Training objectives: for each output of a tagger, the loss of each jet."""

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

import keras
import tensorflow as tf
from keras import ops

from tagwerk.arrays import Tensor

Tensors = Mapping[str, Tensor]


def cross_entropy(scores: Tensor, targets: Tensors) -> Tensor:
    """Return -ln p of each jet's true class, (B,), from class probabilities (B, classes)."""
    return keras.losses.sparse_categorical_crossentropy(targets["label"], scores)


def reconstruction_error(error: Tensor, targets: Tensors) -> Tensor:
    """Return the reconstruction error of each jet, (B,), which the model computes itself."""
    return error


def constituent_cross_entropy(scores: Tensor, targets: Tensors) -> Tensor:
    """Return the mean of -ln p over each jet's constituents of known origin, (B,); zero for a jet without any.

    Args:
        scores: probability (B, T) that a constituent is from the signal decay, or (B, T, K) of each of its origins.
        targets: `<sequence>_truth` and `<sequence>_mask`, each (B, T), of the only sequence with truth; a truth below
            zero is unknown.
    """
    (sequence,) = (name.removesuffix("_truth") for name in targets if name.endswith("_truth"))
    truth = targets[f"{sequence}_truth"]
    known = ops.cast(ops.logical_and(targets[f"{sequence}_mask"], truth >= 0), scores.dtype)
    if len(scores.shape) == 2:
        losses = ops.binary_crossentropy(ops.cast(truth, scores.dtype), scores)
    else:
        losses = ops.sparse_categorical_crossentropy(ops.cast(ops.maximum(truth, 0), "int32"), scores)
    return ops.sum(losses * known, axis=1) / ops.maximum(ops.sum(known, axis=1), 1)


LOSSES: dict[str, Callable[[Tensor, Tensors], Tensor]] = {
    "scores": cross_entropy,
    "reconstruction": reconstruction_error,
    "constituent_scores": constituent_cross_entropy,
}


def total_loss(outputs: Tensors, targets: Tensors, loss_weights: Mapping[str, float]) -> Tensor:
    """Return the loss of each jet, (B,): the weighted sum of its outputs' losses."""
    return sum(weight * LOSSES[name](outputs[name], targets) for name, weight in loss_weights.items())


class TrainingObjective(Protocol):
    """What a training minimises.

    Attributes:
        classifies: whether predictions can be correct.
    """

    classifies: bool

    def specs(self) -> dict[str, tf.TensorSpec]:
        """Return shape and type of each target, among them `weight` (B,)."""

    def loss(self, outputs: Tensors, targets: Tensors) -> Tensor:
        """Return the loss of each example, (B,), from a model's outputs, and its targets and inputs."""

    def correct(self, outputs: Tensors, targets: Tensors) -> Tensor:
        """Return which examples are classified correctly, (B,), if there are classes."""


class TaggerObjective:
    """The objective of a tagger: the weighted sum of the losses of its outputs."""

    def __init__(self, loss_weights: Mapping[str, float], truth: Sequence[str] = ()) -> None:
        """Set the weight of each output, and the sequences whose constituents' truth is among the targets."""
        self.loss_weights, self.truth, self.classifies = loss_weights, truth, "scores" in loss_weights

    def specs(self) -> dict[str, tf.TensorSpec]:
        """Return shape and type of each target."""
        specs = {"label": tf.TensorSpec([None], tf.int64), "weight": tf.TensorSpec([None], tf.float32)}
        return specs | {f"{name}_truth": tf.TensorSpec([None, None], tf.float32) for name in self.truth}

    def loss(self, outputs: Tensors, targets: Tensors) -> Tensor:
        """Return the loss of each jet, (B,)."""
        return total_loss(outputs, targets, self.loss_weights)

    def correct(self, outputs: Tensors, targets: Tensors) -> Tensor:
        """Return which jets get the highest score for their class, (B,)."""
        return tf.argmax(outputs["scores"], axis=1) == targets["label"]
