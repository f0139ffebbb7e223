"""A recurrent layer on the packed steps of one part of a batch."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from tagwerk.arrays import Floats32
from tagwerk.packed.packed_steps import Packing
from tagwerk.packed.recurrent_cells import RecurrentCell

# W (F, G U), R (U, G U) where the gates depend on the state, and b, (G U,), or (2, G U) where W x and R h have a bias
# each; or their gradients.
LayerWeights = Sequence[Floats32]


class Residuals(NamedTuple):
    """The arrays of the forward pass that the backward pass needs.

    Attributes:
        gates: values (N, G U) of each packed step.
        states, cell_states: (J + N, U), of the J jets before their first step, then after each step; a cell without a
            cell state has no columns there.

    Without a backward pass, gates and cell states are those of the last step only, (J, G U) and (J, U).
    """

    gates: Floats32
    states: Floats32
    cell_states: Floats32

    def step_states(self, packing: Packing) -> Floats32:
        """Return the hidden states (N, U) after each step."""
        return self.states[len(packing.jets) :]


def forward(
    cell: RecurrentCell, inputs: Floats32, weights: LayerWeights, packing: Packing, residuals: Residuals
) -> Floats32:
    """Return the states (N, U) after the packed steps (N, F); write the residuals."""
    keep_residuals = len(residuals.cell_states) == len(residuals.states)
    cell.forward(
        cell.constant, inputs, *_matrices(weights), packing.starts, packing.batch_sizes, keep_residuals, *residuals
    )
    return residuals.step_states(packing)


def backward(
    cell: RecurrentCell,
    inputs: Floats32,
    grad_states: Floats32,
    weights: LayerWeights,
    packing: Packing,
    residuals: Residuals,
) -> tuple[Floats32, LayerWeights]:
    """Return the gradients of the packed inputs (N, F) and of the weights.

    Args:
        cell: of the layer.
        inputs: (N, F).
        grad_states: gradients of the states, (N, U).
        weights: of the forward pass.
        packing: of the steps.
        residuals: of the forward pass.
    """
    grad_inputs, grad_weights = np.empty_like(inputs), [np.empty_like(weight) for weight in weights]
    transposed = [np.ascontiguousarray(weight.T) for weight in weights[:-1]]
    cell.backward(
        cell.constant, inputs, grad_states, *transposed, packing.starts, packing.batch_sizes, *residuals,
        grad_inputs, *_matrices(grad_weights),
    )  # fmt: skip
    return grad_inputs, grad_weights


def _matrices(weights: LayerWeights) -> LayerWeights:
    """Return the arguments of the compiled functions, which take b as a matrix."""
    bias = weights[-1]
    return [*weights[:-1], bias.reshape(-1, bias.shape[-1])]
