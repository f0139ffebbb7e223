"""Recursive layers on packed trees as a TensorFlow operation, with its gradient."""

from collections.abc import Sequence
from typing import Any

from keras import ops

from tagwerk.arrays import Tensor
from tagwerk.layers.numpy_operation import available_threads, numpy_operation
from tagwerk.packed import forest
from tagwerk.packed.forest import Recursion, Trees


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
    threads, count = available_threads(), len(weights)
    shape = [nodes.shape[0], layer.units] if layer.root else [*nodes.shape[:2], layer.units]

    def run(nodes: Any, *others: Any) -> list[Any]:
        trees = Trees(nodes, *others[count:])
        out, residuals = forest.run(layer, trees, others[:count], threads, keep_residuals=training)
        return [out, *residuals] if training else [out]

    def gradients(grad_outputs: Any, nodes: Any, *others: Any) -> list[Any]:
        values, trees = others[:count], Trees(nodes, *others[count : count + 2])
        residuals = list(others[count + 3 :]) or forest.run(layer, trees, values, threads)[1]
        grad_nodes, grad_weights = forest.gradients(layer, trees, grad_outputs, values, residuals, threads)
        return [grad_nodes, *grad_weights]

    constants = [ops.cast(children, "int32"), mask]
    residuals = len(layer.cell.residuals) if training else 0
    (out,) = numpy_operation(run, gradients, [nodes, *weights], constants, [shape], residuals)
    return out
