"""Recurrent layers one behind the other, on the packed steps of one part of a batch."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from tagwerk.arrays import Floats32
from tagwerk.packed import layer
from tagwerk.packed.layer import LayerWeights, Residuals
from tagwerk.packed.packed_steps import Packing
from tagwerk.packed.recurrent_cells import RecurrentCell


@dataclass(frozen=True)
class Stack:
    """Recurrent layers one behind the other; weights and what is kept come first layer first, direction by direction.

    Attributes:
        cell: of all.
        units: of each layer, in each direction.
        backward: of each direction, whether it is from the last constituent to the first.
        pooling: what comes out: every step, or one vector a jet.
    """

    cell: RecurrentCell
    units: tuple[int, ...]
    backward: tuple[bool, ...]
    pooling: str

    @property
    def width(self) -> int:
        """Return how many numbers come out, a step or a jet."""
        return self.units[-1] * len(self.backward) * (2 if self.pooling == "mean_max" else 1)

    def ways(self, depth: int) -> Iterator[tuple[int, bool]]:
        """Yield number and direction of the layers at this depth."""
        yield from enumerate(self.backward, depth * len(self.backward))

    def each(self) -> Iterator[int]:
        """Yield the units of all, direction by direction."""
        yield from (units for units in self.units for _ in self.backward)


def forward(
    stack: Stack, steps: Floats32, weights: Sequence[LayerWeights], packing: Packing, kept: Sequence[Residuals]
) -> list[Floats32]:
    """Return the states (N, U) of the last layer, of each direction in its order; write what is to be kept."""
    for depth in range(len(stack.units)):
        if depth:
            steps = _handed(stack, depth, packing, kept)
        states = [
            layer.forward(stack.cell, _turned(steps, packing, back), weights[number], packing, kept[number])
            for number, back in stack.ways(depth)
        ]
    return states


def backward(
    stack: Stack,
    steps: Floats32,
    slopes: list[Floats32],
    weights: Sequence[LayerWeights],
    packing: Packing,
    kept: Sequence[Residuals],
) -> tuple[Floats32, list[LayerWeights]]:
    """Return the gradients by the packed steps (N, F) and by all weights.

    Args:
        stack: the layers.
        steps: (N, F).
        slopes: gradients by what `forward` returned.
        weights: of the forward pass.
        packing: of the steps.
        kept: by the forward pass.
    """
    by_weights: list[LayerWeights] = []
    for depth in reversed(range(len(stack.units))):
        inputs = _handed(stack, depth, packing, kept) if depth else steps
        found = [
            layer.backward(stack.cell, _turned(inputs, packing, back), slope, weights[number], packing, kept[number])
            for (number, back), slope in zip(stack.ways(depth), slopes, strict=True)
        ]
        by_weights = [each for _, each in found] + by_weights
        straight = [_turned(each, packing, back) for (each, _), back in zip(found, stack.backward, strict=True)]
        by_inputs = straight[0] if len(straight) == 1 else straight[0] + straight[1]
        if depth:
            slopes = directions(by_inputs, stack, packing)
    return by_inputs, by_weights


def joined(states: Sequence[Floats32], stack: Stack, packing: Packing) -> Floats32:
    """Return the states of all directions side by side, all in the order of the constituents."""
    straight = [_turned(each, packing, back) for each, back in zip(states, stack.backward, strict=True)]
    return straight[0] if len(straight) == 1 else np.concatenate(straight, axis=1)


def directions(steps: Floats32, stack: Stack, packing: Packing) -> list[Floats32]:
    """Return what `joined` joined, each direction in its order."""
    pieces = np.split(steps, len(stack.backward), axis=1)
    return [
        _turned(np.ascontiguousarray(piece), packing, back) for piece, back in zip(pieces, stack.backward, strict=True)
    ]


def _handed(stack: Stack, depth: int, packing: Packing, kept: Sequence[Residuals]) -> Floats32:
    """Return the steps that the layers before hand to those at this depth."""
    return joined([kept[number].after(packing) for number, _ in stack.ways(depth - 1)], stack, packing)


def _turned(steps: Floats32, packing: Packing, back: bool) -> Floats32:
    return steps.take(packing.turned, axis=0) if back else steps
