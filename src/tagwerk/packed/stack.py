"""Stacked recurrent layers on the packed steps of one part of a batch."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from tagwerk.arrays import Floats32
from tagwerk.packed import layer
from tagwerk.packed.layer import LayerWeights, Residuals
from tagwerk.packed.packed_steps import Packing
from tagwerk.packed.recurrent_cells import RecurrentCell


@dataclass(frozen=True)
class Stack:
    """Stacked recurrent layers; weights and residuals are ordered by depth, then by direction.

    Attributes:
        cell: of all layers.
        units: of each layer, in each direction.
        go_backwards: of each direction, whether it is from the last constituent to the first.
        pooling: the output: every step, or one vector per jet.
    """

    cell: RecurrentCell
    units: tuple[int, ...]
    go_backwards: tuple[bool, ...]
    pooling: str

    @property
    def width(self) -> int:
        """Return the width of the output, per step or per jet."""
        return self.units[-1] * len(self.go_backwards) * (2 if self.pooling == "mean_max" else 1)

    def in_bfloat16(self) -> "Stack":
        """Return the layers with products in bfloat16, where there are such."""
        return replace(self, cell=self.cell.in_bfloat16())

    def layers_at(self, depth: int) -> Iterator[tuple[int, bool]]:
        """Yield the index and direction of the layers at this depth."""
        yield from enumerate(self.go_backwards, depth * len(self.go_backwards))

    def layer_units(self) -> Iterator[int]:
        """Yield the units of every layer, direction by direction."""
        yield from (units for units in self.units for _ in self.go_backwards)


def forward(
    stack: Stack,
    inputs: Floats32,
    weights: Sequence[LayerWeights],
    packing: Packing,
    residuals: Sequence[Residuals],
) -> list[Floats32]:
    """Return the states (N, U) of the last layer, each direction in its own order; write the residuals."""
    for depth in range(len(stack.units)):
        if depth:
            inputs = _inputs_at(stack, depth, packing, residuals)
        states = [
            layer.forward(stack.cell, _reverse(inputs, packing, backwards), weights[index], packing, residuals[index])
            for index, backwards in stack.layers_at(depth)
        ]
    return states


def backward(
    stack: Stack,
    inputs: Floats32,
    grad_states: list[Floats32],
    weights: Sequence[LayerWeights],
    packing: Packing,
    residuals: Sequence[Residuals],
) -> tuple[Floats32, list[LayerWeights]]:
    """Return the gradients of the packed inputs (N, F) and of all weights.

    Args:
        stack: the layers.
        inputs: (N, F).
        grad_states: gradients of the output of `forward`.
        weights: of the forward pass.
        packing: of the steps.
        residuals: of the forward pass.
    """
    grad_weights: list[LayerWeights] = []
    for depth in reversed(range(len(stack.units))):
        layer_inputs = _inputs_at(stack, depth, packing, residuals) if depth else inputs
        gradients = [
            layer.backward(
                stack.cell,
                _reverse(layer_inputs, packing, backwards),
                grad_state,
                weights[index],
                packing,
                residuals[index],
            )
            for (index, backwards), grad_state in zip(stack.layers_at(depth), grad_states, strict=True)
        ]
        grad_weights = [grad_weight for _, grad_weight in gradients] + grad_weights
        in_order = [
            _reverse(grad_input, packing, backwards)
            for (grad_input, _), backwards in zip(gradients, stack.go_backwards, strict=True)
        ]
        grad_inputs = in_order[0] if len(in_order) == 1 else in_order[0] + in_order[1]
        if depth:
            grad_states = split_directions(grad_inputs, stack, packing)
    return grad_inputs, grad_weights


def join_directions(states: Sequence[Floats32], stack: Stack, packing: Packing) -> Floats32:
    """Return the states of all directions concatenated, in the order of the constituents."""
    in_order = [
        _reverse(direction, packing, backwards) for direction, backwards in zip(states, stack.go_backwards, strict=True)
    ]
    return in_order[0] if len(in_order) == 1 else np.concatenate(in_order, axis=1)


def split_directions(steps: Floats32, stack: Stack, packing: Packing) -> list[Floats32]:
    """Return what `join_directions` concatenated, each direction in its own order."""
    directions = np.split(steps, len(stack.go_backwards), axis=1)
    return [
        _reverse(np.ascontiguousarray(direction), packing, backwards)
        for direction, backwards in zip(directions, stack.go_backwards, strict=True)
    ]


def _inputs_at(stack: Stack, depth: int, packing: Packing, residuals: Sequence[Residuals]) -> Floats32:
    """Return the inputs of the layers at this depth, which are the outputs of those below."""
    states = [residuals[index].step_states(packing) for index, _ in stack.layers_at(depth - 1)]
    return join_directions(states, stack, packing)


def _reverse(steps: Floats32, packing: Packing, backwards: bool) -> Floats32:
    """Return the steps, reversed for a backward direction."""
    return steps.take(packing.reversal, axis=0) if backwards else steps
