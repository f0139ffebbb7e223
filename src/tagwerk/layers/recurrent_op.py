"""Recurrent layers on packed steps as a TensorFlow operation, with its gradient."""

import os
from collections.abc import Sequence
from typing import Any

import tensorflow as tf

from tagwerk.arrays import Tensor
from tagwerk.packed.batch import gradients, run
from tagwerk.packed.layer import Residuals
from tagwerk.packed.stack import Stack


def outputs(stack: Stack, inputs: Tensor, mask: Tensor, weights: Sequence[Tensor], training: bool) -> Tensor:
    """Return the outputs of the layers, as `tagwerk.packed.batch.run`.

    Args:
        stack: the layers.
        inputs: (B, T, F).
        mask: (B, T), true where real.
        weights: of the first layer, of the second and so on.
        training: whether to keep the residuals; without them, a gradient repeats the forward pass.
    """
    per_layer = stack.cell.weights
    residuals_per_layer = len(Residuals._fields)
    dtypes = [tf.float32] * (1 + residuals_per_layer * (len(weights) // per_layer))
    threads = tf.config.threading.get_intra_op_parallelism_threads() or os.cpu_count() or 1
    shape = [*inputs.shape[:2], stack.width] if stack.pooling == "steps" else [inputs.shape[0], stack.width]

    def outputs_and_residuals(inputs: Any, mask: Any, *weights: Any) -> list[Any]:
        out, residuals = run(stack, inputs, mask, _groups(weights, per_layer), threads)
        return [out, *(array for layer in residuals for array in layer)]

    def only_outputs(inputs: Any, mask: Any, *weights: Any) -> Any:
        return run(stack, inputs, mask, _groups(weights, per_layer), threads, keep_residuals=False)[0]

    def numpy_gradients(grad_outputs: Any, inputs: Any, mask: Any, *others: Any) -> list[Any]:
        layers = _groups(others[: len(weights)], per_layer)
        residuals = [Residuals(*arrays) for arrays in _groups(others[len(weights) :], residuals_per_layer)]
        # In inference there are no residuals.
        residuals = residuals or run(stack, inputs, mask, layers, threads)[1]
        grad_inputs, grad_weights = gradients(stack, inputs, mask, grad_outputs, layers, residuals, threads)
        return [grad_inputs, *(array for layer in grad_weights for array in layer)]

    @tf.custom_gradient  # type: ignore[untyped-decorator]  # TensorFlow has no type stubs
    def operation(inputs: Tensor, *weights: Tensor) -> tuple[Tensor, Any]:
        arguments = [inputs, mask, *weights]
        if training:
            out, *residuals = tf.numpy_function(outputs_and_residuals, arguments, dtypes)
        else:
            out, residuals = tf.numpy_function(only_outputs, arguments, tf.float32), []
        out.set_shape(shape)

        def gradient(grad_outputs: Tensor) -> list[Tensor]:
            tensors = tf.numpy_function(
                numpy_gradients, [grad_outputs, *arguments, *residuals], [tf.float32] * (1 + len(weights))
            )
            for tensor, source in zip(tensors, (inputs, *weights), strict=True):
                tensor.set_shape(source.shape)
            return list(tensors)

        return out, gradient

    return operation(inputs, *(tf.convert_to_tensor(weight) for weight in weights))


def _groups(arrays: Sequence[Any], size: int) -> list[Sequence[Any]]:
    return [arrays[start : start + size] for start in range(0, len(arrays), size)]
