"""A recurrent layer on the packed steps of one part of a batch."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tagwerk.packed.cell import Cell
from tagwerk.packed.packing import Packing

Floats = NDArray[np.float32]


class Weights(NamedTuple):
    """W (F, G U), R (U, G U) and b, (G U,) or (2, G U) where W x and R h have one each; or the gradients by them."""

    kernel: Floats
    recurrent: Floats
    bias: Floats


class Kept(NamedTuple):
    """What the backward pass needs of the forward one.

    Attributes:
        gates: values (N, G U) of each packed step.
        states, memories: (J + N, U) of the J jets before their first step, then after each step; without a memory
            there are no columns.
    """

    gates: Floats
    states: Floats
    memories: Floats

    def after(self, packing: Packing) -> Floats:
        """Return the states (N, U) after each step."""
        return self.states[len(packing.jets) :]


def forward(cell: Cell, steps: Floats, weights: Weights, packing: Packing, kept: Kept) -> Floats:
    """Return the states (N, U) after the packed steps (N, F); write what is to be kept."""
    jets = len(packing.jets)
    gates, states, memories = kept
    bias = weights.bias.reshape(-1, gates.shape[1])
    fed = np.empty((jets, gates.shape[1]), np.float32)
    np.dot(steps, weights.kernel, out=gates)
    states[:jets] = memories[:jets] = 0
    before = 0
    for start, count in zip(packing.starts.tolist(), packing.counts.tolist(), strict=True):
        of, now, past = (slice(first, first + count) for first in (start, jets + start, before))
        np.dot(states[past], weights.recurrent, out=fed[:count])
        cell.step(gates[of], fed[:count], bias, states[past], states[now], memories[past], memories[now])
        before = jets + start
    return kept.after(packing)


def backward(
    cell: Cell, steps: Floats, slopes: Floats, weights: Weights, packing: Packing, kept: Kept
) -> tuple[Floats, Weights]:
    """Return the gradients by the packed steps (N, F) and by the weights.

    Args:
        cell: of the layer.
        steps: (N, F).
        slopes: gradients by the states, (N, U).
        weights: of the forward pass.
        packing: of the steps.
        kept: by the forward pass.
    """
    jets, units = len(packing.jets), slopes.shape[1]
    gates, states, memories = kept
    by_gates = np.empty_like(gates)
    by_fed = by_gates if cell.shares else np.empty_like(gates)
    turned = np.ascontiguousarray(weights.recurrent.T)
    through, along = np.zeros((jets, units), np.float32), np.zeros((jets, units), np.float32)
    befores = np.empty_like(slopes)
    starts, counts = packing.starts.tolist(), packing.counts.tolist()
    befores_start = [0, *(jets + start for start in starts[:-1])]
    for start, count, before in reversed([*zip(starts, counts, befores_start, strict=True)]):
        of, now, past = (slice(first, first + count) for first in (start, jets + start, before))
        befores[of] = states[past]
        cell.back(
            gates[of], befores[of], memories[past], memories[now],
            slopes[of], through[:count], along[:count], by_gates[of], by_fed[of],
        )  # fmt: skip
        np.dot(by_fed[of], turned, out=through[:count])
    biases = [each.sum(axis=0) for each in ([by_gates] if weights.bias.ndim == 1 else [by_gates, by_fed])]
    by_weights = Weights(steps.T @ by_gates, befores.T @ by_fed, np.stack(biases).reshape(weights.bias.shape))
    return by_gates @ np.ascontiguousarray(weights.kernel.T), by_weights
