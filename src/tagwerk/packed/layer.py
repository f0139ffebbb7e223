"""A recurrent layer on the packed steps of one part of a batch."""

from typing import NamedTuple

import numpy as np

from tagwerk.arrays import Floats32
from tagwerk.packed import kernels
from tagwerk.packed.packed_steps import Packing
from tagwerk.packed.recurrent_cells import RecurrentCell


class LayerWeights(NamedTuple):
    """W (F, G U), R (U, G U) and b, (G U,) or (2, G U) where W x and R h have one each; or the gradients by them."""

    kernel: Floats32
    recurrent: Floats32
    bias: Floats32

    def arrays(self) -> tuple[Floats32, Floats32, Floats32]:
        """Return them as the compiled functions take them: b as a matrix."""
        return self.kernel, self.recurrent, self.bias.reshape(-1, self.bias.shape[-1])


class Residuals(NamedTuple):
    """What the backward pass needs of the forward one.

    Attributes:
        gates: values (N, G U) of each packed step.
        states, memories: (J + N, U) of the J jets before their first step, then after each step; without a memory
            there are no columns.

    Where there is no backward pass, gates and memories are those of the last step only, (J, G U) and (J, U).
    """

    gates: Floats32
    states: Floats32
    memories: Floats32

    def after(self, packing: Packing) -> Floats32:
        """Return the states (N, U) after each step."""
        return self.states[len(packing.jets) :]


def forward(cell: RecurrentCell, steps: Floats32, weights: LayerWeights, packing: Packing, kept: Residuals) -> Floats32:
    """Return the states (N, U) after the packed steps (N, F); write what is to be kept."""
    keeps = len(kept.memories) == len(kept.states)
    kernels.forward(cell.kernel, steps, *weights.arrays(), packing.starts, packing.counts, keeps, *kept)
    return kept.after(packing)


def backward(
    cell: RecurrentCell, steps: Floats32, slopes: Floats32, weights: LayerWeights, packing: Packing, kept: Residuals
) -> tuple[Floats32, LayerWeights]:
    """Return the gradients by the packed steps (N, F) and by the weights.

    Args:
        cell: of the layer.
        steps: (N, F).
        slopes: gradients by the states, (N, U).
        weights: of the forward pass.
        packing: of the steps.
        kept: by the forward pass.
    """
    by_steps, by_weights = np.empty_like(steps), LayerWeights(*(np.empty_like(each) for each in weights))
    kernel, recurrent = (np.ascontiguousarray(each.T) for each in weights[:2])
    kernels.backward(
        cell.kernel, steps, slopes, kernel, recurrent, packing.starts, packing.counts, *kept,
        by_steps, *by_weights.arrays(),
    )  # fmt: skip
    return by_steps, by_weights
