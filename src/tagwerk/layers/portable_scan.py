"""The states of trees' nodes, one node of all jets after the other, with Keras operations only."""

from collections.abc import Sequence

from keras import ops

from tagwerk.arrays import Tensor
from tagwerk.layers.portable_cells import RecursiveCell


def node_states(
    cell: RecursiveCell, units: int, nodes: Tensor, children: Tensor, mask: Tensor, weights: Sequence[Tensor]
) -> Tensor:
    """Return the states of all nodes, (B, N, U), zero where padded.

    The loop carries all states so far, those of all jets' first nodes, second nodes and so on, and zeros for missing
    children. JAX does not copy them for the gradient: each iteration gathers and writes rows, of which the gradient
    needs only the indices.

    Args:
        cell: of every node.
        units: U.
        nodes: (B, N, F).
        children: indices of each node's children, (B, N, C), negative where none.
        mask: (B, N), true where real.
        weights: of the cell.
    """
    jets, count = ops.shape(mask)
    nodes, mask, children = (ops.swapaxes(array, 0, 1) for array in (nodes, mask, children))
    positions = ops.maximum(children, 0) * jets + ops.arange(jets)[:, None]
    exists = (children >= 0) & ops.take(ops.reshape(mask, (-1,)), positions)
    rows, inner = ops.where(exists, positions, count * jets), ops.any(exists, axis=2)
    indices, width = ops.arange(count + 1)[:, None, None], units * (2 if cell.cell_state else 1)

    def add_node(index: Tensor, states: Tensor) -> Tensor:
        features, child_rows, is_inner, is_real = (
            ops.take(array, index, axis=0) for array in (nodes, rows, inner, mask)
        )
        child_states = ops.take(ops.reshape(states, (-1, width)), child_rows, axis=0)
        state = cell.state(cell.own(features, weights), child_states, is_inner[:, None], weights)
        state = ops.where(is_real[:, None], state, 0)
        # Added to zeros, since `slice_update` has no gradient in TensorFlow.
        return states + ops.cast(indices == index, states.dtype) * state

    states = ops.fori_loop(0, count, add_node, ops.zeros((count + 1, jets, width), nodes.dtype))
    return ops.swapaxes(states[:-1, :, :units], 0, 1)


def root_states(states: Tensor, mask: Tensor) -> Tensor:
    """Return the states (B, U) of each jet's last real node, zero where there is none."""
    index = ops.max(ops.where(mask, ops.arange(ops.shape(mask)[1]), 0), axis=1)
    return ops.take_along_axis(states, index[:, None, None], axis=1)[:, 0]
