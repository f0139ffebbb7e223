"""Recurrent layers on packed steps as an operation of TensorFlow, with its gradient."""

import os
from collections.abc import Sequence
from typing import Any

import tensorflow as tf

from tagwerk.arrays import Tensor
from tagwerk.packed.batch import gradients, run
from tagwerk.packed.layer import LayerWeights, Residuals
from tagwerk.packed.stack import Stack


def outputs(stack: Stack, steps: Tensor, mask: Tensor, weights: Sequence[Tensor], training: bool) -> Tensor:
    """Return what comes out of the layers, as `tagwerk.packed.batch.run`.

    Args:
        stack: the layers.
        steps: (B, T, F).
        mask: (B, T), true where real.
        weights: W, R and b of the first layer, of the second and so on.
        training: whether to keep what the gradient needs; it would compute that again otherwise.
    """
    threads = tf.config.threading.get_intra_op_parallelism_threads() or os.cpu_count() or 1
    shape = [*steps.shape[:2], stack.width] if stack.pooling == "steps" else [steps.shape[0], stack.width]

    def all_of_it(steps: Any, mask: Any, *weights: Any) -> list[Any]:
        out, kept = run(stack, steps, mask, _layers(weights), threads)
        return [out, *(each for some in kept for each in some)]

    def only_outputs(steps: Any, mask: Any, *weights: Any) -> Any:
        return run(stack, steps, mask, _layers(weights), threads, keeps=False)[0]

    def slopes(slope: Any, steps: Any, mask: Any, *others: Any) -> list[Any]:
        layers, kept = _layers(others[: len(weights)]), [Residuals(*each) for each in _threes(others[len(weights) :])]
        # In inference nothing was kept.
        kept = kept or run(stack, steps, mask, layers, threads)[1]
        by_steps, by_weights = gradients(stack, steps, mask, slope, layers, kept, threads)
        return [by_steps, *(each for some in by_weights for each in some)]

    @tf.custom_gradient  # type: ignore[untyped-decorator]  # TensorFlow has no type stubs
    def operation(steps: Tensor, *weights: Tensor) -> tuple[Tensor, Any]:
        inputs = [steps, mask, *weights]
        if training:
            out, *kept = tf.numpy_function(all_of_it, inputs, [tf.float32] * (1 + len(weights)))
        else:
            out, kept = tf.numpy_function(only_outputs, inputs, tf.float32), []
        out.set_shape(shape)

        def gradient(slope: Tensor) -> list[Tensor]:
            found = tf.numpy_function(slopes, [slope, *inputs, *kept], [tf.float32] * (1 + len(weights)))
            for each, of in zip(found, (steps, *weights), strict=True):
                each.set_shape(of.shape)
            return list(found)

        return out, gradient

    return operation(steps, *(tf.convert_to_tensor(weight) for weight in weights))


def _layers(weights: Sequence[Any]) -> list[LayerWeights]:
    return [LayerWeights(*each) for each in _threes(weights)]


def _threes(arrays: Sequence[Any]) -> list[Sequence[Any]]:
    return [arrays[start : start + 3] for start in range(0, len(arrays), 3)]
