"""Functions of NumPy arrays as TensorFlow operations, with their gradients."""

import os
from collections.abc import Callable, Sequence
from typing import Any

import tensorflow as tf

from tagwerk.arrays import Tensor


def available_threads() -> int:
    """Return the number of threads that a TensorFlow operation may use."""
    return tf.config.threading.get_intra_op_parallelism_threads() or os.cpu_count() or 1


def numpy_function(
    function: Callable[..., Any], inputs: Sequence[Tensor], shape: Sequence[int | None], dtype: Any = tf.float32
) -> Tensor:
    """Return what a function of arrays returns, an array of this shape, without a gradient."""
    out = tf.numpy_function(function, inputs, dtype)
    out.set_shape(shape)
    return out


def numpy_operation(
    run: Callable[..., Sequence[Any]],
    gradients: Callable[..., Sequence[Any]],
    inputs: Sequence[Tensor],
    constants: Sequence[Tensor],
    shapes: Sequence[Sequence[int | None]],
    residuals: int,
) -> list[Tensor]:
    """Return the outputs of `run`; only the first has a gradient.

    Args:
        run: inputs and constants -> outputs and residuals, all in single precision.
        gradients: gradient of the first output, inputs, constants, outputs and residuals -> gradients of the inputs.
        inputs: that have gradients.
        constants: that have none.
        shapes: of the outputs.
        residuals: their number.
    """

    @tf.custom_gradient  # type: ignore[untyped-decorator]  # TensorFlow has no type stubs
    def operation(*inputs: Tensor) -> tuple[list[Tensor], Any]:
        arguments = [*inputs, *(tf.convert_to_tensor(constant) for constant in constants)]
        results = _call(run, arguments, len(shapes) + residuals)
        outputs = results[: len(shapes)]
        for output, shape in zip(outputs, shapes, strict=True):
            output.set_shape(shape)

        def gradient(grad_output: Tensor, *_: Tensor) -> list[Tensor]:
            tensors = _call(gradients, [grad_output, *arguments, *results], len(inputs))
            for tensor, source in zip(tensors, inputs, strict=True):
                tensor.set_shape(source.shape)
            return tensors

        return outputs, gradient

    return list(operation(*(tf.convert_to_tensor(tensor) for tensor in inputs)))


def _call(function: Callable[..., Sequence[Any]], arguments: Sequence[Tensor], count: int) -> list[Tensor]:
    """Return the arrays that a function returns; of a single one, TensorFlow makes a tensor and not a list."""
    results = tf.numpy_function(function, arguments, [tf.float32] * count)
    return list(results) if isinstance(results, list | tuple) else [results]
