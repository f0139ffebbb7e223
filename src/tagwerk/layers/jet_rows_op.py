"""Functions of the rows of each jet as TensorFlow operations, with their gradients."""

import os
from collections.abc import Sequence
from typing import Any

import tensorflow as tf

from tagwerk.arrays import Tensor
from tagwerk.packed.jet_rows import RowKernels, gradients, run


def outputs(kernels: RowKernels, mask: Tensor, arguments: Sequence[Tensor]) -> Tensor:
    """Return the output, as `tagwerk.packed.jet_rows.run`; mask and arguments as there."""
    threads = tf.config.threading.get_intra_op_parallelism_threads() or os.cpu_count() or 1

    @tf.custom_gradient  # type: ignore[untyped-decorator]  # TensorFlow has no type stubs
    def operation(*arguments: Tensor) -> tuple[Tensor, Any]:
        def numpy_outputs(mask: Any, *arrays: Any) -> Any:
            return run(kernels, mask, arrays, threads)

        def numpy_gradients(grad_out: Any, mask: Any, *arrays: Any) -> list[Any]:
            return gradients(kernels, mask, arrays, grad_out, threads)

        out = tf.numpy_function(numpy_outputs, [mask, *arguments], tf.float32)
        out.set_shape(arguments[0].shape)

        def gradient(grad_out: Tensor) -> list[Tensor]:
            inputs = [grad_out, mask, *arguments]
            tensors = tf.numpy_function(numpy_gradients, inputs, [tf.float32] * len(arguments))
            for tensor, source in zip(tensors, arguments, strict=True):
                tensor.set_shape(source.shape)
            return list(tensors)

        return out, gradient

    return operation(*(tf.convert_to_tensor(argument) for argument in arguments))
