"""Sequences of layers that act on each row alone, whose parts run in parallel threads."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

import numpy as np

from tagwerk.arrays import Floats32
from tagwerk.packed import row_program
from tagwerk.packed.aligned import aligned_empty
from tagwerk.packed.layer_chain import row_parts
from tagwerk.packed.row_program import ACTIVATION, DENSE, DROPOUT, NORM, SCALE, Program
from tagwerk.packed.threads import parallel_map


@dataclass(frozen=True)
class Step:
    """A layer.

    Attributes:
        kind: of `tagwerk.packed.row_program`.
        weights: with gradients, in its order.
        number: rate or ε.
        seed: of a dropout.
    """

    kind: int
    weights: tuple[Floats32, ...] = ()
    number: float = 0.0
    seed: int = 0

    def width(self, width: int) -> int:
        """Return the width of the outputs, given that of the inputs."""
        return int(self.weights[0].shape[1]) if self.kind == DENSE else width


def dense(kernel: Floats32, bias: Floats32) -> Step:
    """Return x W + b."""
    return Step(DENSE, (kernel, bias))


def activation(kind: int) -> Step:
    """Return an activation of `tagwerk.packed.activations`."""
    return Step(ACTIVATION + kind)


def scale(factors: Floats32) -> Step:
    """Return one factor per column."""
    return Step(SCALE, (factors,))


def layer_norm(gamma: Floats32, beta: Floats32, epsilon: float) -> Step:
    """Return a layer normalisation (arXiv:1607.06450)."""
    return Step(NORM, (gamma, beta), epsilon)


def dropout(rate: float, seed: int) -> Step:
    """Return what sets values to zero at this rate, and scales the others; which ones follows from the seed."""
    return Step(DROPOUT, (), rate, seed)


def run(steps: Sequence[Step], values: Floats32, threads: int, *, half: bool) -> Floats32:
    """Return the outputs of the last layer, (N, V), for the rows (N, U).

    Args:
        steps: the layers.
        values: the rows.
        threads: that share them.
        half: whether products are in bfloat16.
    """
    program = _program(steps, values.shape[1], half)
    out = aligned_empty((len(values), int(program.widths[-1])))
    parallel_map(
        lambda rows: row_program.forward(program, values[rows], rows.start, out[rows]),
        threads,
        row_parts(len(values), threads),
    )
    return out


def gradients(
    steps: Sequence[Step], values: Floats32, grad_outputs: Floats32, threads: int, *, half: bool
) -> tuple[Floats32, list[Floats32]]:
    """Return the gradients of the rows (N, U), and of all weights, from those of the outputs of `run`."""
    program, grad_values = _program(steps, values.shape[1], half), aligned_empty(values.shape)

    def part_gradients(rows: slice) -> Floats32:
        grads = np.zeros_like(program.weights)
        row_program.backward(program, values[rows], grad_outputs[rows], rows.start, grad_values[rows], grads)
        return grads

    parts = parallel_map(part_gradients, threads, row_parts(len(values), threads))
    total = np.sum([np.zeros_like(program.weights), *parts], axis=0)  # in order: repeats to the bit
    weights = [weight for step in steps for weight in step.weights]
    ends = accumulate((weight.size for weight in weights), initial=0)
    return grad_values, [
        total[start : start + weight.size].reshape(weight.shape) for start, weight in zip(ends, weights, strict=False)
    ]


def _program(steps: Sequence[Step], width: int, half: bool) -> Program:
    widths = list(accumulate(steps, lambda width, step: step.width(width), initial=width))
    weights = [[weight.ravel() for weight in step.weights] for step in steps]
    sizes = (sum(weight.size for weight in each) for each in weights)
    return Program(
        np.array([step.kind for step in steps]),
        np.array(widths),
        np.array([step.number for step in steps], np.float64),
        np.array([step.seed for step in steps], np.uint64),
        np.array(list(accumulate(sizes, initial=0))),
        np.concatenate([np.empty(0, np.float32), *(weight for each in weights for weight in each)]),
        half,
    )
