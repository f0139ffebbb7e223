"""Functions of the rows of each jet as TensorFlow operations, with their gradients."""

from collections.abc import Sequence
from typing import Any

from tagwerk.arrays import Tensor
from tagwerk.layers.numpy_operation import available_threads, numpy_operation
from tagwerk.packed import jet_rows
from tagwerk.packed.jet_rows import RowKernels
from tagwerk.packed.segments import Segments


def outputs(kernels: RowKernels, mask: Tensor, arguments: Sequence[Tensor]) -> Tensor:
    """Return the output, as `tagwerk.packed.jet_rows.run`; mask and arguments as there."""
    threads, count = available_threads(), len(arguments)

    def run(*arrays: Any) -> list[Any]:
        *arguments, mask = arrays
        return [jet_rows.run(kernels, Segments.of_mask(mask), arguments, threads)]

    def gradients(grad_out: Any, *arrays: Any) -> list[Any]:
        arguments, mask = arrays[:count], arrays[count]
        return jet_rows.gradients(kernels, Segments.of_mask(mask), arguments, grad_out, threads)

    (out,) = numpy_operation(run, gradients, arguments, [mask], [arguments[0].shape], 0)
    return out
