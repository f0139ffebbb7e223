"""The simple recursive network of arXiv:1702.00748 over packed trees, compiled.

u = relu(W x + b); h = u of a leaf, relu(R [h_1; ...; h_C; u] + b') of other nodes.
"""

import numpy as np

from tagwerk.arrays import Floats32, Ints
from tagwerk.packed.kernels import BLOCK_ROWS, ONE
from tagwerk.packed.products import add_scaled, add_transposed_matmul, compiled, in_panels, panel_matmul
from tagwerk.packed.tree_rows import add_rows, gather_parts, relu, relu_gradient, scatter


@compiled
def forward(
    nodes: Floats32, children: Ints, blocks: Ints, keep_residuals: bool,
    kernel: Floats32, bias: Floats32, recurrent: Floats32, recurrent_bias: Floats32, states: Floats32, own: Floats32,
) -> None:  # fmt: skip
    """Write the states (M, U) of all nodes (M, F), and u (I, U) of those with children (I, C)."""
    kernel_panels, recurrent_panels = in_panels(kernel), in_panels(recurrent)
    leaves, units, slots = len(nodes) - len(children), states.shape[1], children.shape[1]
    parts = np.empty((BLOCK_ROWS, slots + 1, units), np.float32)
    for index in range(len(blocks) - 1):
        start, stop = blocks[index], blocks[index + 1]
        state, count = states[start:stop], stop - start
        if start < leaves:
            panel_matmul(nodes[start:stop], kernel_panels, state)
            relu(state, bias)
            continue
        u = own[(start - leaves) * keep_residuals :][:count]
        panel_matmul(nodes[start:stop], kernel_panels, u)
        relu(u, bias)
        gather_parts(states, children[start - leaves : stop - leaves], u, parts)
        panel_matmul(parts[:count].reshape(count, -1), recurrent_panels, state)
        relu(state, recurrent_bias)


@compiled
def backward(
    nodes: Floats32, children: Ints, blocks: Ints, kernel: Floats32, recurrent: Floats32,
    states: Floats32, own: Floats32, grad_states: Floats32,
    grad_nodes: Floats32, grad_kernel: Floats32, grad_bias: Floats32,
    grad_recurrent: Floats32, grad_recurrent_bias: Floats32,
) -> None:  # fmt: skip
    """Write the gradients of nodes and weights from those of the states, (M, U), to which those via parents are added.

    The weights are passed transposed. The gradients of the weights must be zero on entry.
    """
    recurrent_panels, kernel_panels = in_panels(recurrent), in_panels(kernel)
    leaves, units, slots = len(nodes) - len(children), states.shape[1], children.shape[1]
    block = 2 * BLOCK_ROWS
    inputs, grad_own = np.empty((block, nodes.shape[1]), np.float32), np.empty((block, units), np.float32)
    parts, grad_sums = np.empty((block, slots + 1, units), np.float32), np.empty((block, units), np.float32)
    grad_parts = np.empty((BLOCK_ROWS, slots + 1, units), np.float32)
    filled = 0
    for index in range(len(blocks) - 2, -1, -1):
        start, stop = blocks[index], blocks[index + 1]
        count, until = stop - start, filled + stop - start
        grad, u, grad_u = grad_states[start:stop], states[start:stop], grad_own[filled:until]
        inputs[filled:until] = nodes[start:stop]
        if start >= leaves:
            rows, u = children[start - leaves : stop - leaves], own[start - leaves : stop - leaves]
            grad_sum = grad_sums[filled:until]
            relu_gradient(grad, states[start:stop], grad_sum)
            gather_parts(states, rows, u, parts[filled:until])
            panel_matmul(grad_sum, recurrent_panels, grad_parts[:count].reshape(count, -1))
            grad = scatter_parts(grad_parts[:count], rows, grad_states)
        relu_gradient(grad, u, grad_u)
        panel_matmul(grad_u, kernel_panels, grad_nodes[start:stop])
        filled = until
        if filled >= BLOCK_ROWS or start in (leaves, 0):
            add_transposed_matmul(inputs[:filled], grad_own[:filled], grad_kernel)
            add_rows(grad_own[:filled], grad_bias)
            if start >= leaves:
                add_transposed_matmul(parts[:filled].reshape(filled, -1), grad_sums[:filled], grad_recurrent)
                add_rows(grad_sums[:filled], grad_recurrent_bias)
            filled = 0


@compiled
def scatter_parts(grad_parts: Floats32, children: Ints, grad_states: Floats32) -> Floats32:
    """Add the gradients of parts (I, C + 1, U) to those of the children's states; return those of u, (I, U)."""
    grad_own = np.zeros((len(children), grad_parts.shape[2]), np.float32)
    for node in range(len(children)):
        scatter(grad_parts[node, :-1], children[node], grad_states)
        add_scaled(ONE, grad_parts[node, -1], grad_own[node])
    return grad_own
