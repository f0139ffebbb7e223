"""Recursive layers on packed trees as an operation of TensorFlow, with its gradient."""

import os
from collections.abc import Sequence
from typing import Any

import tensorflow as tf

from tagwerk.arrays import Tensor
from tagwerk.packed.forest import Recursion, Trees, gradients, run


def states(
    layer: Recursion, nodes: Tensor, children: Tensor, mask: Tensor, weights: Sequence[Tensor], training: bool
) -> Tensor:
    """Return the states, as `tagwerk.packed.forest.run`.

    Args:
        layer: its cell, and what comes out.
        nodes: (B, N, F).
        children: (B, N, C).
        mask: (B, N), true where real.
        weights: of the cell.
        training: whether to keep what the gradient needs; it would compute that again otherwise.
    """
    threads = tf.config.threading.get_intra_op_parallelism_threads() or os.cpu_count() or 1
    shape = [nodes.shape[0], layer.units] if layer.root else [*nodes.shape[:2], layer.units]

    def all_of_it(*inputs: Any) -> list[Any]:
        out, kept = run(layer, Trees(*inputs[:3]), inputs[3:], threads)
        return [out, *kept]

    def only_states(*inputs: Any) -> Any:
        return run(layer, Trees(*inputs[:3]), inputs[3:], threads, keeps=False)[0]

    def slopes(slope: Any, *others: Any) -> list[Any]:
        trees, values, kept = Trees(*others[:3]), others[3 : 3 + len(weights)], list(others[3 + len(weights) :])
        # In inference nothing was kept.
        kept = kept or run(layer, trees, values, threads)[1]
        by_nodes, by_weights = gradients(layer, trees, slope, values, kept, threads)
        return [by_nodes, *by_weights]

    @tf.custom_gradient  # type: ignore[untyped-decorator]  # TensorFlow has no type stubs
    def operation(nodes: Tensor, *weights: Tensor) -> tuple[Tensor, Any]:
        inputs = [nodes, tf.cast(children, tf.int32), mask, *weights]
        if training:
            out, *kept = tf.numpy_function(all_of_it, inputs, [tf.float32] * (1 + len(layer.cell.kept)))
        else:
            out, kept = tf.numpy_function(only_states, inputs, tf.float32), []
        out.set_shape(shape)

        def gradient(slope: Tensor) -> list[Tensor]:
            found = tf.numpy_function(slopes, [slope, *inputs, *kept], [tf.float32] * (1 + len(weights)))
            for each, of in zip(found, (nodes, *weights), strict=True):
                each.set_shape(of.shape)
            return list(found)

        return out, gradient

    return operation(nodes, *(tf.convert_to_tensor(weight) for weight in weights))
