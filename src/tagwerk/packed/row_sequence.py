"""Sequences of layers that act on each row alone, whose parts run in parallel threads.

A block of rows stays in a core's cache from the first layer to the last. The backward pass computes it again, which is
faster than to write and read the outputs of all layers.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import numpy as np

from tagwerk.arrays import Floats32
from tagwerk.packed import row_kernels
from tagwerk.packed.aligned import aligned_empty
from tagwerk.packed.layer_chain import row_parts
from tagwerk.packed.threads import parallel_map

_BLOCK = 256  # rows


class Step(Protocol):
    """A layer."""

    def width(self, width: int) -> int:
        """Return the width of the outputs, given that of the inputs."""

    def forward(self, values: Floats32, first: int, out: Floats32) -> None:
        """Write the outputs of a block of rows, the first of which has this index."""

    def backward(
        self, values: Floats32, grad_outputs: Floats32, first: int, out: Floats32, grads: Sequence[Floats32]
    ) -> None:
        """Write the gradients of the inputs, and add to those of the weights."""

    @property
    def weights(self) -> Sequence[Floats32]:
        """Return the weights that have gradients."""


@dataclass(frozen=True)
class Dense:
    """x W + b."""

    kernel: Floats32
    bias: Floats32

    @property
    def weights(self) -> Sequence[Floats32]:
        """Return kernel and bias."""
        return self.kernel, self.bias

    @cached_property
    def transposed(self) -> Floats32:
        """Return the transposed kernel."""
        return np.ascontiguousarray(self.kernel.T)

    def width(self, width: int) -> int:
        """Return the width of the outputs."""
        return int(self.kernel.shape[1])

    def forward(self, values: Floats32, first: int, out: Floats32) -> None:
        """Write the outputs."""
        row_kernels.dense(values, self.kernel, self.bias, out)

    def backward(
        self, values: Floats32, grad_outputs: Floats32, first: int, out: Floats32, grads: Sequence[Floats32]
    ) -> None:
        """Write the gradients."""
        row_kernels.dense_gradient(values, grad_outputs, self.transposed, out, *grads)


@dataclass(frozen=True)
class Activation:
    """An activation of `tagwerk.packed.activations`."""

    kind: int

    @property
    def weights(self) -> Sequence[Floats32]:
        """Return nothing."""
        return ()

    def width(self, width: int) -> int:
        """Return the same width."""
        return width

    def forward(self, values: Floats32, first: int, out: Floats32) -> None:
        """Write the outputs."""
        row_kernels.activation(self.kind, values, out)

    def backward(
        self, values: Floats32, grad_outputs: Floats32, first: int, out: Floats32, grads: Sequence[Floats32]
    ) -> None:
        """Write the gradients."""
        row_kernels.activation_gradient(self.kind, values, grad_outputs, out)


@dataclass(frozen=True)
class Scale:
    """One factor per column."""

    factors: Floats32

    @property
    def weights(self) -> Sequence[Floats32]:
        """Return the factors."""
        return (self.factors,)

    def width(self, width: int) -> int:
        """Return the same width."""
        return width

    def forward(self, values: Floats32, first: int, out: Floats32) -> None:
        """Write the outputs."""
        row_kernels.scale(values, self.factors, out)

    def backward(
        self, values: Floats32, grad_outputs: Floats32, first: int, out: Floats32, grads: Sequence[Floats32]
    ) -> None:
        """Write the gradients."""
        row_kernels.add_scale_gradient(values, grad_outputs, *grads)
        row_kernels.scale(grad_outputs, self.factors, out)


@dataclass(frozen=True)
class LayerNorm:
    """A layer normalisation (arXiv:1607.06450)."""

    gamma: Floats32
    beta: Floats32
    epsilon: float

    @property
    def weights(self) -> Sequence[Floats32]:
        """Return γ and β."""
        return self.gamma, self.beta

    def width(self, width: int) -> int:
        """Return the same width."""
        return width

    def forward(self, values: Floats32, first: int, out: Floats32) -> None:
        """Write the outputs."""
        row_kernels.layer_norm(values, self.gamma, self.beta, np.float32(self.epsilon), out)

    def backward(
        self, values: Floats32, grad_outputs: Floats32, first: int, out: Floats32, grads: Sequence[Floats32]
    ) -> None:
        """Write the gradients."""
        epsilon = np.float32(self.epsilon)
        row_kernels.layer_norm_gradient(values, self.gamma, epsilon, grad_outputs, out, *grads)


@dataclass(frozen=True)
class Dropout:
    """Sets values to zero at this rate, and scales the others; which ones follows from the seed."""

    rate: float
    seed: np.uint64

    @property
    def weights(self) -> Sequence[Floats32]:
        """Return nothing."""
        return ()

    def width(self, width: int) -> int:
        """Return the same width."""
        return width

    def forward(self, values: Floats32, first: int, out: Floats32) -> None:
        """Write the outputs."""
        row_kernels.dropout(values, self.rate, self.seed, first, out)

    def backward(
        self, values: Floats32, grad_outputs: Floats32, first: int, out: Floats32, grads: Sequence[Floats32]
    ) -> None:
        """Write the gradients."""
        row_kernels.dropout(grad_outputs, self.rate, self.seed, first, out)


def run(steps: Sequence[Step], values: Floats32, threads: int) -> Floats32:
    """Return the outputs of the last layer, (N, V), for the rows (N, U)."""
    widths = _widths(steps, values.shape[1])
    out = aligned_empty((len(values), widths[-1]))

    def part_outputs(rows: slice) -> None:
        buffers = _buffers(widths[1:-1])
        for start in range(rows.start, rows.stop, _BLOCK):
            block = slice(start, min(start + _BLOCK, rows.stop))
            _forward(steps, values[block], start, [*(buffer[: block.stop - start] for buffer in buffers), out[block]])

    parallel_map(part_outputs, threads, row_parts(len(values), threads))
    return out


def gradients(
    steps: Sequence[Step], values: Floats32, grad_outputs: Floats32, threads: int
) -> tuple[Floats32, list[Floats32]]:
    """Return the gradients of the rows (N, U), and of all weights."""
    widths, grad_values = _widths(steps, values.shape[1]), aligned_empty(values.shape)

    def part_gradients(rows: slice) -> list[list[Floats32]]:
        grads = [[np.zeros_like(weight) for weight in step.weights] for step in steps]
        buffers, grad_buffers = _buffers(widths[1:-1]), _buffers(widths[1:-1])
        for start in range(rows.start, rows.stop, _BLOCK):
            block = slice(start, min(start + _BLOCK, rows.stop))
            inputs = [values[block], *(buffer[: block.stop - start] for buffer in buffers)]
            _forward(steps[:-1], values[block], start, inputs[1:])
            grad, targets = (
                grad_outputs[block],
                [grad_values[block], *(each[: block.stop - start] for each in grad_buffers)],
            )
            for step, value, target, step_grads in zip(
                reversed(steps), reversed(inputs), reversed(targets), reversed(grads), strict=True
            ):
                step.backward(value, grad, start, target, step_grads)
                grad = target
        return grads

    parts = parallel_map(part_gradients, threads, row_parts(len(values), threads))
    flat = [[array for step in part for array in step] for part in parts]
    flat.append([np.zeros_like(weight) for step in steps for weight in step.weights])  # of a batch without rows
    return grad_values, [np.sum(arrays, axis=0) for arrays in zip(*flat, strict=True)]  # in order: repeats to the bit


def _widths(steps: Sequence[Step], width: int) -> list[int]:
    widths = [width]
    for step in steps:
        widths.append(step.width(widths[-1]))
    return widths


def _buffers(widths: Sequence[int]) -> list[Floats32]:
    return [np.empty((_BLOCK, width), np.float32) for width in widths]


def _forward(steps: Sequence[Step], values: Floats32, first: int, outputs: Sequence[Floats32]) -> None:
    for step, out in zip(steps, outputs, strict=True):
        step.forward(values, first, out)
        values = out


def as_seed(number: int) -> np.uint64:
    """Return the seed of a dropout."""
    return np.uint64(number)
