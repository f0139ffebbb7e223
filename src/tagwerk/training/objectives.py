"""What training makes small: of each output of a model, a loss of every jet."""

from collections.abc import Callable, Mapping

import keras
from keras import ops

from tagwerk.arrays import Tensor

Tensors = Mapping[str, Tensor]


def cross_entropy(scores: Tensor, targets: Tensors) -> Tensor:
    """Return -ln p of each jet's own class, (B,), of class probabilities (B, classes)."""
    return keras.losses.sparse_categorical_crossentropy(targets["label"], scores)


def error(reconstruction: Tensor, targets: Tensors) -> Tensor:
    """Return the error (B,) with which a model reconstructed each jet, which it gives itself."""
    return reconstruction


def constituents_cross_entropy(scores: Tensor, targets: Tensors) -> Tensor:
    """Return the mean over each jet's constituents of -ln p, (B,); zero for a jet without any.

    Args:
        scores: probability (B, T) that a constituent is of the signal decay.
        targets: `truth` and `mask`, each (B, T), of the only sequence whose truth is needed.
    """
    (truth,) = (targets[name] for name in targets if name.endswith("_truth"))
    (mask,) = (targets[name] for name in targets if name.endswith("_mask"))
    real = ops.cast(mask, scores.dtype)
    each = ops.binary_crossentropy(ops.cast(truth, scores.dtype), scores) * real
    return ops.sum(each, axis=1) / ops.maximum(ops.sum(real, axis=1), 1)


LOSSES: dict[str, Callable[[Tensor, Tensors], Tensor]] = {
    "scores": cross_entropy,
    "reconstruction": error,
    "constituent_scores": constituents_cross_entropy,
}


def losses(outputs: Tensors, targets: Tensors, shares: Mapping[str, float]) -> Tensor:
    """Return the loss of each jet, (B,): the sum of its outputs' losses times their shares."""
    return sum(share * LOSSES[name](outputs[name], targets) for name, share in shares.items())
