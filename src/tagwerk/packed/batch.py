"""Stacked recurrent layers on a batch, whose parts run in parallel threads."""

from collections.abc import Iterator, Sequence

import numpy as np

from tagwerk.arrays import Bools, Floats32
from tagwerk.packed.aligned import aligned_empty, aligned_zeros, as_rows
from tagwerk.packed.layer import LayerWeights, Residuals
from tagwerk.packed.packed_steps import Packing, pack_steps
from tagwerk.packed.stack import Stack, backward, forward, join_directions, split_directions
from tagwerk.packed.step_pooling import POOLING
from tagwerk.packed.threads import parallel_map


def run(
    stack: Stack,
    inputs: Floats32,
    mask: Bools,
    weights: Sequence[LayerWeights],
    threads: int,
    keep_residuals: bool = True,
) -> tuple[Floats32, list[Residuals]]:
    """Return the outputs of the layers, and the residuals for `gradients`.

    Args:
        stack: the layers.
        inputs: (B, T, F).
        mask: (B, T), true where real; padded steps leave the state unchanged.
        weights: of all layers.
        threads: number of parts that the batch is split into.
        keep_residuals: whether `gradients` is to follow.

    Returns:
        (B, T, width), zero where padded, or one vector per jet, (B, width), zero for a jet without steps.
    """
    packings = pack_steps(mask, threads)
    residuals = _allocate(stack, packings, keep_residuals)
    out = aligned_zeros((*mask.shape, stack.width) if stack.pooling == "steps" else (len(mask), stack.width))

    def run_part(packing: Packing, part: Sequence[Residuals]) -> None:
        states = forward(stack, as_rows(inputs).take(packing.positions, axis=0), weights, packing, part)
        if stack.pooling == "steps":
            as_rows(out)[packing.positions] = join_directions(states, stack, packing)
        else:
            out[packing.jets] = _pool(stack, states, packing)

    parallel_map(run_part, threads, packings, list(_parts(packings, residuals, keep_residuals)))
    return out, residuals


def gradients(
    stack: Stack,
    inputs: Floats32,
    mask: Bools,
    grad_outputs: Floats32,
    weights: Sequence[LayerWeights],
    residuals: Sequence[Residuals],
    threads: int,
) -> tuple[Floats32, list[LayerWeights]]:
    """Return the gradients of the inputs (B, T, F) and of all weights.

    Args:
        stack: the layers.
        inputs: (B, T, F).
        mask: (B, T), true where real.
        grad_outputs: gradients of the outputs.
        weights: of all layers.
        residuals: from `run`.
        threads: number of parts that the batch is split into, as in `run`.
    """
    packings = pack_steps(mask, threads)
    grad_inputs = aligned_zeros(inputs.shape)

    def part_gradients(packing: Packing, part: Sequence[Residuals]) -> list[LayerWeights]:
        if stack.pooling == "steps":
            grad_states = split_directions(as_rows(grad_outputs).take(packing.positions, axis=0), stack, packing)
        else:
            grad_states = _pool_gradient(stack, grad_outputs[packing.jets], packing, part)
        packed = as_rows(inputs).take(packing.positions, axis=0)
        as_rows(grad_inputs)[packing.positions], grad_weights = backward(
            stack, packed, grad_states, weights, packing, part
        )
        return grad_weights

    total: list[LayerWeights] = [[np.zeros_like(array) for array in layer] for layer in weights]
    parts = list(_parts(packings, residuals, True))
    for grad_weights in parallel_map(part_gradients, threads, packings, parts):  # in order: the sums repeat to the bit
        for layer_total, layer_gradients in zip(total, grad_weights, strict=True):
            for weight, addend in zip(layer_total, layer_gradients, strict=True):
                weight += addend
    return grad_inputs, total


def _pool(stack: Stack, states: list[Floats32], packing: Packing) -> Floats32:
    """Return the pooled states (J, width); with mean and maximum, the means of all directions come first."""
    pool, _ = POOLING[stack.pooling]
    pooled = [pool(direction, packing) for direction in states]
    return np.concatenate([values for kind in zip(*pooled, strict=True) for values in kind], axis=1)


def _pool_gradient(
    stack: Stack, grad_outputs: Floats32, packing: Packing, residuals: Sequence[Residuals]
) -> list[Floats32]:
    """Return the gradients of the states of each direction from those of the output of `_pool`."""
    _, pool_gradient = POOLING[stack.pooling]
    directions = len(stack.go_backwards)
    columns = np.split(grad_outputs, stack.width // stack.units[-1], axis=1)
    return [
        pool_gradient(columns[direction::directions], residuals[index].step_states(packing), packing)
        for direction, (index, _) in enumerate(stack.layers_at(len(stack.units) - 1))
    ]


def _allocate(stack: Stack, packings: list[Packing], keep_residuals: bool) -> list[Residuals]:
    steps, jets = sum(map(len, packings)), sum(len(packing.jets) for packing in packings)
    gates, cell_states = (steps, jets + steps) if keep_residuals else (jets, jets)
    return [
        Residuals(
            aligned_empty((gates, stack.cell.gates * units)),
            aligned_empty((jets + steps, units)),
            aligned_empty((cell_states, units if stack.cell.cell_state else 0)),
        )
        for units in stack.layer_units()
    ]


def _parts(packings: list[Packing], residuals: Sequence[Residuals], keep_residuals: bool) -> Iterator[list[Residuals]]:
    """Yield the residuals of each part of the batch, one per layer."""
    step = jet = 0
    for packing in packings:
        steps, jets = slice(step, step + len(packing)), slice(jet, jet + len(packing.jets))
        states = slice(steps.start + jets.start, steps.stop + jets.stop)
        gates, cell_states = (steps, states) if keep_residuals else (jets, jets)
        yield [
            Residuals(layer.gates[gates], layer.states[states], layer.cell_states[cell_states]) for layer in residuals
        ]
        step, jet = steps.stop, jets.stop
