"""Functions of NumPy arrays as TensorFlow operations, with their gradients."""

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import keras
import tensorflow as tf

from tagwerk.arrays import Tensor
from tagwerk.internals import uncast

_alone = ContextVar("alone", default=True)


@contextmanager
def one_thread_each() -> Iterator[None]:
    """Trace functions whose operations use one thread each, to be called in several threads at once."""
    token = _alone.set(False)
    try:
        yield
    finally:
        _alone.reset(token)


def available_threads() -> int:
    """Return the number of threads that a TensorFlow operation may use."""
    if not _alone.get():
        return 1
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
        inputs: tensors and Keras's weights that have gradients.
        constants: that have none.
        shapes: of the outputs.
        residuals: their number.
    """

    @tf.custom_gradient  # type: ignore[untyped-decorator]  # TensorFlow has no type stubs
    def operation(*inputs: Tensor) -> tuple[list[Tensor], Any]:
        arguments = [*inputs, *map(_single, constants)]
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

    return list(operation(*map(_single, inputs)))


def _single(value: Any) -> Tensor:
    """Return a tensor, in single precision if it is in bfloat16; the weights of Keras layers as they are stored."""
    if isinstance(value, keras.Variable):
        (stored,) = uncast([value])
        value = value if stored is None else stored  # None while Keras derives shapes
    tensor = tf.convert_to_tensor(value)
    return tf.cast(tensor, tf.float32) if tensor.dtype == tf.bfloat16 else tensor


def _call(function: Callable[..., Sequence[Any]], arguments: Sequence[Tensor], count: int) -> list[Tensor]:
    """Return the arrays that a function returns; of a single one, TensorFlow makes a tensor and not a list."""
    results = tf.numpy_function(function, arguments, [tf.float32] * count)
    return list(results) if isinstance(results, list | tuple) else [results]


def drawn_seed(generator: keras.random.SeedGenerator) -> Tensor:
    """Return the next seed of this generator, two numbers of 32 bits."""
    return keras.ops.cast(generator.next(), "int64")


def joined_seed(pair: Any) -> int:
    """Return a seed of 64 bits from two numbers of 32."""
    high, low = (int(number) & 0xFFFFFFFF for number in pair)
    return high << 32 | low
