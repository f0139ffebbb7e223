"""Recurrent layers on a whole batch, its parts side by side on the processor's cores."""

from collections.abc import Iterator, Sequence

import numpy as np

from tagwerk.arrays import Bools, Floats32
from tagwerk.packed.aligned import aligned, rows, zeros
from tagwerk.packed.layer import LayerWeights, Residuals
from tagwerk.packed.packed_steps import Packing, pack
from tagwerk.packed.stack import Stack, backward, directions, forward, joined
from tagwerk.packed.step_pooling import POOLING
from tagwerk.packed.threads import side_by_side


def run(
    stack: Stack, steps: Floats32, mask: Bools, weights: Sequence[LayerWeights], threads: int, keeps: bool = True
) -> tuple[Floats32, list[Residuals]]:
    """Return what comes out of the layers, and what `gradients` needs.

    Args:
        stack: the layers.
        steps: (B, T, F).
        mask: (B, T), true where real; a step that is not leaves the state as it is.
        weights: of all layers.
        threads: into how many parts the batch is split.
        keeps: whether `gradients` is to follow.

    Returns:
        (B, T, width), zero where not real, or one vector a jet, (B, width), zero for a jet without any step.
    """
    packings = pack(mask, threads)
    kept = _empty(stack, packings, keeps)
    out = zeros((*mask.shape, stack.width) if stack.pooling == "steps" else (len(mask), stack.width))

    def part(packing: Packing, piece: Sequence[Residuals]) -> None:
        states = forward(stack, rows(steps).take(packing.places, axis=0), weights, packing, piece)
        if stack.pooling == "steps":
            rows(out)[packing.places] = joined(states, stack, packing)
        else:
            out[packing.jets] = _pooled(stack, states, packing)

    side_by_side(part, threads, packings, list(_pieces(packings, kept, keeps)))
    return out, kept


def gradients(
    stack: Stack,
    steps: Floats32,
    mask: Bools,
    slope: Floats32,
    weights: Sequence[LayerWeights],
    kept: Sequence[Residuals],
    threads: int,
) -> tuple[Floats32, list[LayerWeights]]:
    """Return the gradients by the steps (B, T, F) and by all weights.

    Args:
        stack: the layers.
        steps: (B, T, F).
        mask: (B, T), true where real.
        slope: the gradient by what came out.
        weights: of all layers.
        kept: by `run`.
        threads: into how many parts the batch is split, as in `run`.
    """
    packings = pack(mask, threads)
    by_steps = zeros(steps.shape)

    def part(packing: Packing, piece: Sequence[Residuals]) -> list[LayerWeights]:
        if stack.pooling == "steps":
            slopes = directions(rows(slope).take(packing.places, axis=0), stack, packing)
        else:
            slopes = _slopes(stack, slope[packing.jets], packing, piece)
        packed = rows(steps).take(packing.places, axis=0)
        rows(by_steps)[packing.places], by_weights = backward(stack, packed, slopes, weights, packing, piece)
        return by_weights

    total = [LayerWeights(*(np.zeros_like(each) for each in some)) for some in weights]
    pieces = list(_pieces(packings, kept, True))
    for found in side_by_side(part, threads, packings, pieces):  # in this order, so that the sums repeat to the bit
        for each, more in zip(total, found, strict=True):
            for weight, addend in zip(each, more, strict=True):
                weight += addend
    return by_steps, total


def _pooled(stack: Stack, states: list[Floats32], packing: Packing) -> Floats32:
    """Return (J, width): means of all directions, say, and then the maxima of all."""
    pool, _ = POOLING[stack.pooling]
    found = [pool(each, packing) for each in states]
    return np.concatenate([each for kind in zip(*found, strict=True) for each in kind], axis=1)


def _slopes(stack: Stack, slope: Floats32, packing: Packing, kept: Sequence[Residuals]) -> list[Floats32]:
    """Return the gradients by the states of each direction from that by what `_pooled` returned."""
    _, back = POOLING[stack.pooling]
    ways = len(stack.backward)
    columns = np.split(slope, stack.width // stack.units[-1], axis=1)
    return [
        back(columns[way::ways], kept[number].after(packing), packing)
        for way, (number, _) in enumerate(stack.ways(len(stack.units) - 1))
    ]


def _empty(stack: Stack, packings: list[Packing], keeps: bool) -> list[Residuals]:
    steps, jets = sum(map(len, packings)), sum(len(packing.jets) for packing in packings)
    gates, memories = (steps, jets + steps) if keeps else (jets, jets)
    return [
        Residuals(
            aligned((gates, stack.cell.gates * units)),
            aligned((jets + steps, units)),
            aligned((memories, units if stack.cell.memory else 0)),
        )
        for units in stack.each()
    ]


def _pieces(packings: list[Packing], kept: Sequence[Residuals], keeps: bool) -> Iterator[list[Residuals]]:
    """Yield what of it belongs to each part of the batch."""
    step = jet = 0
    for packing in packings:
        steps, jets = slice(step, step + len(packing)), slice(jet, jet + len(packing.jets))
        after = slice(steps.start + jets.start, steps.stop + jets.stop)
        gates, memories = (steps, after) if keeps else (jets, jets)
        yield [Residuals(each.gates[gates], each.states[after], each.memories[memories]) for each in kept]
        step, jet = steps.stop, jets.stop
