"""Functions of the rows of each jet, which follow one another, and their gradients, in parallel threads."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from tagwerk.arrays import Floats32, Ints
from tagwerk.packed import causal_convolution, selective_scan
from tagwerk.packed.aligned import aligned_empty, aligned_zeros
from tagwerk.packed.segments import Segments
from tagwerk.packed.threads import parallel_map

Arrays = Sequence[Floats32]


@dataclass(frozen=True)
class RowKernels:
    """The compiled passes of a function of rows.

    Attributes:
        rows: number of its arguments that have rows (M, ...), the first of which has the shape of the output; weights
            follow.
        forward: (*arguments, offsets, out) -> None.
        backward: (*arguments, offsets, grad_out, *gradients of all arguments) -> None.
    """

    rows: int
    forward: Callable[..., None]
    backward: Callable[..., None]


CONVOLUTION = RowKernels(1, causal_convolution.forward, causal_convolution.backward)
SELECTIVE_SCAN = RowKernels(3, selective_scan.forward, selective_scan.backward)


def run(kernels: RowKernels, segments: Segments, arguments: Arrays, threads: int) -> Floats32:
    """Return the output (M + 1, E), zero in the last row, which belongs to no jet.

    Args:
        kernels: the function.
        segments: the M rows of each jet.
        arguments: of the function; rows have one more, as from `tagwerk.layers.packed_constituents.Pack`.
        threads: number of parts that the jets are split into.
    """
    out = aligned_empty(arguments[0].shape)
    out[-1] = 0
    parallel_map(lambda part: kernels.forward(*arguments, part, out), threads, _offsets(segments, threads))
    return out


def gradients(
    kernels: RowKernels, segments: Segments, arguments: Arrays, grad_out: Floats32, threads: int
) -> list[Floats32]:
    """Return the gradients of all arguments from that of the output of `run`."""
    rows = [aligned_empty(argument.shape) for argument in arguments[: kernels.rows]]
    for gradient in rows:
        gradient[-1] = 0

    def part_gradients(offsets: Ints) -> list[Floats32]:
        weights = [np.zeros_like(argument) for argument in arguments[kernels.rows :]]
        kernels.backward(*arguments, offsets, grad_out, *rows, *weights)
        return weights

    total = [aligned_zeros(argument.shape) for argument in arguments[kernels.rows :]]
    for grad_weights in parallel_map(part_gradients, threads, _offsets(segments, threads)):
        for weight, addend in zip(total, grad_weights, strict=True):  # in order: the sums repeat to the bit
            weight += addend
    return [*rows, *total]


def _offsets(segments: Segments, count: int) -> list[Ints]:
    """Return the offsets of the jets of each part."""
    return [segments.offsets[part.jets.start : part.jets.stop + 1] for part in segments.parts(count)]
