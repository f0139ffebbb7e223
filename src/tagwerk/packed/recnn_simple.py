"""The simple recursive network of arXiv:1702.00748 over packed trees, compiled.

u = relu(W x + b); h = u of a leaf, relu(R [h_1; ...; h_C; u] + b') of other nodes.
"""

import numpy as np

from tagwerk.arrays import Floats32, Ints
from tagwerk.packed.kernels import (  # Numba's cache sees no changes of kernels in other files
    ONE,
    ROWS,
    add_product,
    add_times,
    compiled,
    product,
)
from tagwerk.packed.tree_rows import add_rows, gather_parts, rectified_back, rectify, scatter


@compiled
def forward(
    nodes: Floats32, children: Ints, blocks: Ints, keeps: bool,
    kernel: Floats32, bias: Floats32, recurrent: Floats32, recurrent_bias: Floats32, states: Floats32, own: Floats32,
) -> None:  # fmt: skip
    """Write the states (M, U) of all nodes (M, F), and u (I, U) of those with children (I, C)."""
    leaves, units, slots = len(nodes) - len(children), states.shape[1], children.shape[1]
    parts = np.empty((ROWS, slots + 1, units), np.float32)
    for number in range(len(blocks) - 1):
        start, stop = blocks[number], blocks[number + 1]
        state, count = states[start:stop], stop - start
        if start < leaves:
            product(nodes[start:stop], kernel, state)
            rectify(state, bias)
            continue
        u = own[(start - leaves) * keeps :][:count]
        product(nodes[start:stop], kernel, u)
        rectify(u, bias)
        gather_parts(states, children[start - leaves : stop - leaves], u, parts)
        product(parts[:count].reshape(count, -1), recurrent, state)
        rectify(state, recurrent_bias)


@compiled
def backward(
    nodes: Floats32, children: Ints, blocks: Ints, kernel: Floats32, recurrent: Floats32,
    states: Floats32, own: Floats32, by_states: Floats32,
    by_nodes: Floats32, by_kernel: Floats32, by_bias: Floats32, by_recurrent: Floats32, by_recurrent_bias: Floats32,
) -> None:  # fmt: skip
    """Write the gradients by nodes and weights from those by the states, (M, U), to which are added their parents'.

    The weights come transposed. Those by the weights are to be zero before.
    """
    leaves, units, slots = len(nodes) - len(children), states.shape[1], children.shape[1]
    block = 2 * ROWS
    inputs, by_own = np.empty((block, nodes.shape[1]), np.float32), np.empty((block, units), np.float32)
    parts, by_sums = np.empty((block, slots + 1, units), np.float32), np.empty((block, units), np.float32)
    by_parts = np.empty((ROWS, slots + 1, units), np.float32)
    filled = 0
    for number in range(len(blocks) - 2, -1, -1):
        start, stop = blocks[number], blocks[number + 1]
        count, until = stop - start, filled + stop - start
        slope, u, found = by_states[start:stop], states[start:stop], by_own[filled:until]
        inputs[filled:until] = nodes[start:stop]
        if start >= leaves:
            rows, u = children[start - leaves : stop - leaves], own[start - leaves : stop - leaves]
            by_sum = by_sums[filled:until]
            rectified_back(slope, states[start:stop], by_sum)
            gather_parts(states, rows, u, parts[filled:until])
            product(by_sum, recurrent, by_parts[:count].reshape(count, -1))
            slope = give_back(by_parts[:count], rows, by_states)
        rectified_back(slope, u, found)
        product(found, kernel, by_nodes[start:stop])
        filled = until
        if filled >= ROWS or start in (leaves, 0):
            add_product(inputs[:filled], by_own[:filled], by_kernel)
            add_rows(by_own[:filled], by_bias)
            if start >= leaves:
                add_product(parts[:filled].reshape(filled, -1), by_sums[:filled], by_recurrent)
                add_rows(by_sums[:filled], by_recurrent_bias)
            filled = 0


@compiled
def give_back(by_parts: Floats32, children: Ints, by_states: Floats32) -> Floats32:
    """Add the gradients by parts (I, C + 1, U) to those by the children's states; return those by u, (I, U)."""
    by_own = np.zeros((len(children), by_parts.shape[2]), np.float32)
    for node in range(len(children)):
        scatter(by_parts[node, :-1], children[node], by_states)
        add_times(ONE, by_parts[node, -1], by_own[node])
    return by_own
