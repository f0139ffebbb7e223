"""The states of trees' nodes, one node of all jets after the other, by operations of Keras alone."""

from collections.abc import Sequence

from keras import ops

from tagwerk.arrays import Tensor
from tagwerk.layers.portable_cells import RecursiveCell


def states(
    cell: RecursiveCell, units: int, nodes: Tensor, children: Tensor, mask: Tensor, weights: Sequence[Tensor]
) -> Tensor:
    """Return the states of all nodes, (B, N, U), zero where not real.

    All states so far go from node to node: those of the first nodes of all jets, of the second ones and so on, and
    zeros for children that are missing. For the gradient, JAX keeps no copies of them: rows are taken and written, of
    which the gradient needs the places alone.

    Args:
        cell: of every node.
        units: U.
        nodes: (B, N, F).
        children: indices of each node's children, (B, N, C), negative where none.
        mask: (B, N), true where real.
        weights: of the cell.
    """
    jets, count = ops.shape(mask)
    nodes, mask, children = (ops.swapaxes(each, 0, 1) for each in (nodes, mask, children))
    places = ops.maximum(children, 0) * jets + ops.arange(jets)[:, None]
    there = (children >= 0) & ops.take(ops.reshape(mask, (-1,)), places)
    rows, inner = ops.where(there, places, count * jets), ops.any(there, axis=2)
    numbers, width = ops.arange(count + 1)[:, None, None], units * (2 if cell.memory else 1)

    def node(number: Tensor, before: Tensor) -> Tensor:
        mine, of_children, is_inner, is_real = (ops.take(each, number, axis=0) for each in (nodes, rows, inner, mask))
        found = ops.take(ops.reshape(before, (-1, width)), of_children, axis=0)
        found = cell.state(cell.own(mine, weights), found, is_inner[:, None], weights)
        found = ops.where(is_real[:, None], found, 0)
        # Where it is added there were zeros; `slice_update` has no gradient in TensorFlow.
        return before + ops.cast(numbers == number, before.dtype) * found

    found = ops.fori_loop(0, count, node, ops.zeros((count + 1, jets, width), nodes.dtype))
    return ops.swapaxes(found[:-1, :, :units], 0, 1)


def last(states: Tensor, mask: Tensor) -> Tensor:
    """Return the states (B, U) of each jet's last real node, zero where there is none."""
    place = ops.max(ops.where(mask, ops.arange(ops.shape(mask)[1]), 0), axis=1)
    return ops.take_along_axis(states, place[:, None, None], axis=1)[:, 0]
