"""A recurrent layer on the packed steps of one part of a batch."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tagwerk.packed import kernels
from tagwerk.packed.cell import Cell
from tagwerk.packed.packing import Packing

Floats = NDArray[np.float32]


class Weights(NamedTuple):
    """W (F, G U), R (U, G U) and b, (G U,) or (2, G U) where W x and R h have one each; or the gradients by them."""

    kernel: Floats
    recurrent: Floats
    bias: Floats

    def arrays(self) -> tuple[Floats, Floats, Floats]:
        """Return them as the compiled functions take them: b as a matrix."""
        return self.kernel, self.recurrent, self.bias.reshape(-1, self.bias.shape[-1])


class Kept(NamedTuple):
    """What the backward pass needs of the forward one.

    Attributes:
        gates: values (N, G U) of each packed step.
        states, memories: (J + N, U) of the J jets before their first step, then after each step; without a memory
            there are no columns.

    Where there is no backward pass, gates and memories are those of the last step only, (J, G U) and (J, U).
    """

    gates: Floats
    states: Floats
    memories: Floats

    def after(self, packing: Packing) -> Floats:
        """Return the states (N, U) after each step."""
        return self.states[len(packing.jets) :]


def forward(cell: Cell, steps: Floats, weights: Weights, packing: Packing, kept: Kept) -> Floats:
    """Return the states (N, U) after the packed steps (N, F); write what is to be kept."""
    keeps = len(kept.memories) == len(kept.states)
    kernels.forward(cell.kernel, steps, *weights.arrays(), packing.starts, packing.counts, keeps, *kept)
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
    by_steps, by_weights = np.empty_like(steps), Weights(*(np.empty_like(each) for each in weights))
    kernel, recurrent = (np.ascontiguousarray(each.T) for each in weights[:2])
    kernels.backward(
        cell.kernel, steps, slopes, kernel, recurrent, packing.starts, packing.counts, *kept,
        by_steps, *by_weights.arrays(),
    )  # fmt: skip
    return by_steps, by_weights
