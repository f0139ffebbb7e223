"""Recurrent layers on packed steps as a TensorFlow operation, with its gradient."""

from collections.abc import Sequence
from typing import Any

from tagwerk.arrays import Tensor
from tagwerk.layers.numpy_operation import available_threads, numpy_operation
from tagwerk.packed import batch
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
    per_layer, per_residuals, threads = stack.cell.weights, len(Residuals._fields), available_threads()
    shape = [*inputs.shape[:2], stack.width] if stack.pooling == "steps" else [inputs.shape[0], stack.width]

    def run(inputs: Any, *others: Any) -> list[Any]:
        *weights, mask = others
        out, residuals = batch.run(stack, inputs, mask, _groups(weights, per_layer), threads, training)
        return [out, *(array for layer in residuals for array in layer if training)]

    def gradients(grad_outputs: Any, inputs: Any, *others: Any) -> list[Any]:
        layers, mask = _groups(others[: len(weights)], per_layer), others[len(weights)]
        residuals = [Residuals(*arrays) for arrays in _groups(others[len(weights) + 2 :], per_residuals)]
        residuals = residuals or batch.run(stack, inputs, mask, layers, threads)[1]
        grad_inputs, grad_weights = batch.gradients(stack, inputs, mask, grad_outputs, layers, residuals, threads)
        return [grad_inputs, *(array for layer in grad_weights for array in layer)]

    count = len(weights) // per_layer * per_residuals if training else 0
    (out,) = numpy_operation(run, gradients, [inputs, *weights], [mask], [shape], count)
    return out


def _groups(arrays: Sequence[Any], size: int) -> list[Sequence[Any]]:
    return [arrays[start : start + size] for start in range(0, len(arrays), size)]
