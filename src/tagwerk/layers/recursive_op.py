"""Recursive layers on packed trees as a TensorFlow operation, with its gradient."""

import os
from collections.abc import Sequence
from typing import Any

import tensorflow as tf

from tagwerk.arrays import Tensor
from tagwerk.packed.forest import Recursion, Trees, gradients, run


def outputs(
    layer: Recursion, nodes: Tensor, children: Tensor, mask: Tensor, weights: Sequence[Tensor], training: bool
) -> Tensor:
    """Return the states, as `tagwerk.packed.forest.run`.

    Args:
        layer: its cell and output.
        nodes: (B, N, F).
        children: (B, N, C).
        mask: (B, N), true where real.
        weights: of the cell.
        training: whether to keep the residuals; without them, a gradient repeats the forward pass.
    """
    threads = tf.config.threading.get_intra_op_parallelism_threads() or os.cpu_count() or 1
    shape = [nodes.shape[0], layer.units] if layer.root else [*nodes.shape[:2], layer.units]

    def states_and_residuals(*inputs: Any) -> list[Any]:
        out, residuals = run(layer, Trees(*inputs[:3]), inputs[3:], threads)
        return [out, *residuals]

    def only_states(*inputs: Any) -> Any:
        return run(layer, Trees(*inputs[:3]), inputs[3:], threads, keep_residuals=False)[0]

    def numpy_gradients(grad_outputs: Any, *others: Any) -> list[Any]:
        trees, values = Trees(*others[:3]), others[3 : 3 + len(weights)]
        # In inference there are no residuals.
        residuals = list(others[3 + len(weights) :]) or run(layer, trees, values, threads)[1]
        grad_nodes, grad_weights = gradients(layer, trees, grad_outputs, values, residuals, threads)
        return [grad_nodes, *grad_weights]

    @tf.custom_gradient  # type: ignore[untyped-decorator]  # TensorFlow has no type stubs
    def operation(nodes: Tensor, *weights: Tensor) -> tuple[Tensor, Any]:
        inputs = [nodes, tf.cast(children, tf.int32), mask, *weights]
        if training:
            dtypes = [tf.float32] * (1 + len(layer.cell.residuals))
            out, *residuals = tf.numpy_function(states_and_residuals, inputs, dtypes)
        else:
            out, residuals = tf.numpy_function(only_states, inputs, tf.float32), []
        out.set_shape(shape)

        def gradient(grad_outputs: Tensor) -> list[Tensor]:
            tensors = tf.numpy_function(
                numpy_gradients, [grad_outputs, *inputs, *residuals], [tf.float32] * (1 + len(weights))
            )
            for tensor, source in zip(tensors, (nodes, *weights), strict=True):
                tensor.set_shape(source.shape)
            return list(tensors)

        return out, gradient

    return operation(nodes, *(tf.convert_to_tensor(weight) for weight in weights))
