"""Recurrent layers on packed steps as an operation of TensorFlow, with its gradient."""

import os
from collections.abc import Sequence
from typing import Any

import tensorflow as tf

from tagwerk.packed.batch import gradients, run
from tagwerk.packed.cell import Cell
from tagwerk.packed.layer import Kept, Weights

Tensor = Any


def states(cell: Cell, steps: Tensor, mask: Tensor, weights: Sequence[Tensor], training: bool) -> Tensor:
    """Return the states (B, T, U) after each step, zero where it is not real.

    Args:
        cell: of the layer.
        steps: (B, T, F).
        mask: (B, T), true where real.
        weights: W, R and b as `tagwerk.packed.layer.Weights` has them.
        training: whether to keep what the gradient needs; it would compute that again otherwise.
    """
    threads = tf.config.threading.get_intra_op_parallelism_threads() or os.cpu_count() or 1
    shape = [*steps.shape[:2], weights[1].shape[0]]

    def all_of_it(steps: Any, mask: Any, *weights: Any) -> tuple[Any, ...]:
        found, kept = run(cell, steps, mask, Weights(*weights), threads)
        return found, *kept

    def only_states(*arguments: Any) -> Any:
        return all_of_it(*arguments)[0]

    def slopes(slope: Any, steps: Any, mask: Any, kernel: Any, recurrent: Any, bias: Any, *kept: Any) -> list[Any]:
        weights = Weights(kernel, recurrent, bias)
        # In inference nothing was kept.
        kept = kept or run(cell, steps, mask, weights, threads)[1]
        by_steps, by_weights = gradients(cell, steps, mask, slope, weights, Kept(*kept), threads)
        return [by_steps, *by_weights]

    @tf.custom_gradient  # type: ignore[untyped-decorator]
    def operation(steps: Tensor, *weights: Tensor) -> tuple[Tensor, Any]:
        inputs = [steps, mask, *weights]
        if training:
            found, *kept = tf.numpy_function(all_of_it, inputs, [tf.float32] * 4)
        else:
            found, kept = tf.numpy_function(only_states, inputs, tf.float32), []
        found.set_shape(shape)

        def gradient(slope: Tensor) -> list[Tensor]:
            by_inputs = tf.numpy_function(slopes, [slope, *inputs, *kept], [tf.float32] * 4)
            for each, of in zip(by_inputs, (steps, *weights), strict=True):
                each.set_shape(of.shape)
            return list(by_inputs)

        return found, gradient

    return operation(steps, *(tf.convert_to_tensor(weight) for weight in weights))
