"""A recurrent layer on a whole batch, its parts side by side on the processor's cores."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from tagwerk.packed.cell import Cell
from tagwerk.packed.layer import Kept, Weights, backward, forward
from tagwerk.packed.packing import Packing, pack

Floats = NDArray[np.float32]
Mask = NDArray[np.bool_]
Out = TypeVar("Out")

_ALIGNMENT = 64  # bytes; TensorFlow takes over arrays that are aligned so, and copies others


def run(cell: Cell, steps: Floats, mask: Mask, weights: Weights, threads: int) -> tuple[Floats, Kept]:
    """Return the states (B, T, U) after each step, zero where it is not real, and what `slopes` needs.

    Args:
        cell: of the layer.
        steps: (B, T, F).
        mask: (B, T), true where real; a step that is not leaves the state as it is.
        weights: of the layer.
        threads: into how many parts the batch is split.
    """
    units = len(weights.recurrent)
    packings = pack(mask, threads)
    kept = _empty(cell, packings, units)
    states = _aligned((*mask.shape, units))
    states[~mask] = 0

    def part(packing: Packing, piece: Kept) -> None:
        packing.put(forward(cell, packing.take(steps), weights, packing, piece), states)

    _each(part, packings, kept, threads)
    return states, kept


def gradients(
    cell: Cell, steps: Floats, mask: Mask, slopes: Floats, weights: Weights, kept: Kept, threads: int
) -> tuple[Floats, Weights]:
    """Return the gradients by the steps (B, T, F) and by the weights.

    Args:
        cell: of the layer.
        steps: (B, T, F).
        mask: (B, T), true where real.
        slopes: gradients by the states, (B, T, U).
        weights: of the layer.
        kept: by `run`.
        threads: into how many parts the batch is split, as in `run`.
    """
    packings = pack(mask, threads)
    by_steps = _aligned(steps.shape)
    by_steps[~mask] = 0

    def part(packing: Packing, piece: Kept) -> Weights:
        found, by_weights = backward(cell, packing.take(steps), packing.take(slopes), weights, packing, piece)
        packing.put(found, by_steps)
        return by_weights

    total = Weights(*(np.zeros_like(weight) for weight in weights))
    for found in _each(part, packings, kept, threads):  # in this order, so that the sums repeat to the bit
        for each, more in zip(total, found, strict=True):
            each += more
    return by_steps, total


def _each(part: Callable[[Packing, Kept], Out], packings: list[Packing], kept: Kept, threads: int) -> list[Out]:
    pieces = list(_pieces(packings, kept))
    if len(packings) < 2:
        return [part(packing, piece) for packing, piece in zip(packings, pieces, strict=True)]
    return list(_pool(threads).map(part, packings, pieces))


@cache
def _pool(threads: int) -> ThreadPoolExecutor:
    return ThreadPoolExecutor(threads, thread_name_prefix="recurrent")


def _empty(cell: Cell, packings: list[Packing], units: int) -> Kept:
    steps = sum(len(packing) for packing in packings)
    rows = steps + sum(packing.counts[0] for packing in packings)
    return Kept(
        _aligned((steps, cell.gates * units)), _aligned((rows, units)), _aligned((rows, units if cell.memory else 0))
    )


def _pieces(packings: list[Packing], kept: Kept) -> Iterator[Kept]:
    step = row = 0
    for packing in packings:
        steps, rows = slice(step, step + len(packing)), slice(row, row + len(packing) + packing.counts[0])
        yield Kept(kept.gates[steps], kept.states[rows], kept.memories[rows])
        step, row = steps.stop, rows.stop


def _aligned(shape: tuple[int, ...]) -> Floats:
    size = int(np.prod(shape)) * 4
    memory = np.empty(size + _ALIGNMENT, np.uint8)
    start = -memory.ctypes.data % _ALIGNMENT
    return memory[start : start + size].view(np.float32).reshape(shape)
