"""The gated recursive network of arXiv:1702.00748 over packed trees, compiled.

u = relu(W x + b), which is the state of a leaf. For other nodes, with s = [h_1; ...; h_C; u]:
r = sigmoid(2 (R_r s + b_r)), h' = relu(R_h (r s) + b_h), z = softmax(R_z [h'; s] + b_z) over the C + 2 parts, unit by
unit, and h = z [h'; s], summed over the parts.
"""

import numpy as np

from tagwerk.arrays import Floats32, Ints
from tagwerk.packed.kernels import BLOCK_ROWS
from tagwerk.packed.products import add_transposed_matmul, compiled, in_panels, panel_matmul
from tagwerk.packed.recnn_gates import (
    add,
    concatenate_parts,
    mix,
    mixed_gradient,
    multiply,
    reset_gates,
    reset_gradient,
    update_gradient,
)
from tagwerk.packed.recnn_simple import scatter_parts
from tagwerk.packed.tree_rows import add_rows, gather_parts, relu, relu_gradient


@compiled
def forward(
    nodes: Floats32, children: Ints, blocks: Ints, keep_residuals: bool,
    kernel: Floats32, bias: Floats32, reset: Floats32, reset_bias: Floats32,
    candidate: Floats32, candidate_bias: Floats32, update: Floats32, update_bias: Floats32,
    states: Floats32, own: Floats32, resets: Floats32, candidates: Floats32, updates: Floats32,
) -> None:  # fmt: skip
    """Write the states (M, U) of all nodes (M, F), and u, r, h' and z of those with children (I, C)."""
    kernel_panels = in_panels(kernel)
    reset_panels = in_panels(reset)
    candidate_panels = in_panels(candidate)
    update_panels = in_panels(update)
    leaves, units, slots = len(nodes) - len(children), states.shape[1], children.shape[1]
    parts = np.empty((BLOCK_ROWS, slots + 1, units), np.float32)
    gated = np.empty_like(parts)
    mixed = np.empty((BLOCK_ROWS, slots + 2, units), np.float32)
    for index in range(len(blocks) - 1):
        start, stop = blocks[index], blocks[index + 1]
        state, count, inner = states[start:stop], stop - start, (start - leaves) * keep_residuals
        if start < leaves:
            panel_matmul(nodes[start:stop], kernel_panels, state)
            relu(state, bias)
            continue
        u, r, h, z = own[inner:][:count], resets[inner:][:count], candidates[inner:][:count], updates[inner:][:count]
        panel_matmul(nodes[start:stop], kernel_panels, u)
        relu(u, bias)
        gather_parts(states, children[start - leaves : stop - leaves], u, parts)
        panel_matmul(parts[:count].reshape(count, -1), reset_panels, r)
        reset_gates(r, reset_bias)
        multiply(r, parts, gated)
        panel_matmul(gated[:count].reshape(count, -1), candidate_panels, h)
        relu(h, candidate_bias)
        concatenate_parts(h, parts, mixed)
        panel_matmul(mixed[:count].reshape(count, -1), update_panels, z)
        mix(z, update_bias, mixed, state)


@compiled
def backward(
    nodes: Floats32, children: Ints, blocks: Ints,
    kernel: Floats32, reset: Floats32, candidate: Floats32, update: Floats32,
    states: Floats32, own: Floats32, resets: Floats32, candidates: Floats32, updates: Floats32, grad_states: Floats32,
    grad_nodes: Floats32, grad_kernel: Floats32, grad_bias: Floats32, grad_reset: Floats32, grad_reset_bias: Floats32,
    grad_candidate: Floats32, grad_candidate_bias: Floats32, grad_update: Floats32, grad_update_bias: Floats32,
) -> None:  # fmt: skip
    """Write the gradients of nodes and weights from those of the states, (M, U), to which those via parents are added.

    The weights are passed transposed. The gradients of the weights must be zero on entry.
    """
    update_panels = in_panels(update)
    candidate_panels = in_panels(candidate)
    reset_panels = in_panels(reset)
    kernel_panels = in_panels(kernel)
    leaves, units, slots = len(nodes) - len(children), states.shape[1], children.shape[1]
    block = 2 * BLOCK_ROWS
    inputs, grad_own = np.empty((block, nodes.shape[1]), np.float32), np.empty((block, units), np.float32)
    parts, mixed = np.empty((block, slots + 1, units), np.float32), np.empty((block, slots + 2, units), np.float32)
    gated, grad_r, grad_z = np.empty_like(parts), np.empty_like(parts), np.empty_like(mixed)
    grad_h, grad_candidates = np.empty((block, units), np.float32), np.empty((BLOCK_ROWS, units), np.float32)
    grad_parts = np.empty((BLOCK_ROWS, slots + 1, units), np.float32)
    scratch = np.empty_like(grad_parts)
    grad_mixed = np.empty((BLOCK_ROWS, slots + 2, units), np.float32)
    filled = 0
    for index in range(len(blocks) - 2, -1, -1):
        start, stop = blocks[index], blocks[index + 1]
        count, until = stop - start, filled + stop - start
        grad, u, grad_u = grad_states[start:stop], states[start:stop], grad_own[filled:until]
        inputs[filled:until] = nodes[start:stop]
        if start >= leaves:
            inner = slice(start - leaves, stop - leaves)
            rows, u, r, h, z = children[inner], own[inner], resets[inner], candidates[inner], updates[inner]
            s, r_s, h_s = parts[filled:until], gated[filled:until], mixed[filled:until]
            gather_parts(states, rows, u, s)
            multiply(r, s, r_s)
            concatenate_parts(h, s, h_s)
            update_gradient(grad, z, h_s, states[start:stop], grad_z[filled:until])
            panel_matmul(grad_z[filled:until].reshape(count, -1), update_panels, grad_mixed[:count].reshape(count, -1))
            mixed_gradient(grad, z, grad_mixed[:count], grad_candidates, grad_parts)
            relu_gradient(grad_candidates[:count], h, grad_h[filled:until])
            panel_matmul(grad_h[filled:until], candidate_panels, scratch[:count].reshape(count, -1))
            reset_gradient(scratch[:count], r, s, grad_r[filled:until], grad_parts)
            panel_matmul(grad_r[filled:until].reshape(count, -1), reset_panels, scratch[:count].reshape(count, -1))
            add(scratch[:count], grad_parts)
            grad = scatter_parts(grad_parts[:count], rows, grad_states)
        relu_gradient(grad, u, grad_u)
        panel_matmul(grad_u, kernel_panels, grad_nodes[start:stop])
        filled = until
        if filled >= BLOCK_ROWS or start in (leaves, 0):
            add_transposed_matmul(inputs[:filled], grad_own[:filled], grad_kernel)
            add_rows(grad_own[:filled], grad_bias)
            if start >= leaves:
                _add_weight_gradients(parts[:filled], grad_r[:filled], grad_reset, grad_reset_bias)
                _add_weight_gradients(mixed[:filled], grad_z[:filled], grad_update, grad_update_bias)
                add_transposed_matmul(gated[:filled].reshape(filled, -1), grad_h[:filled], grad_candidate)
                add_rows(grad_h[:filled], grad_candidate_bias)
            filled = 0


@compiled
def _add_weight_gradients(parts: Floats32, grad_outputs: Floats32, grad_weights: Floats32, grad_bias: Floats32) -> None:
    grad = grad_outputs.reshape(len(grad_outputs), -1)
    add_transposed_matmul(parts.reshape(len(parts), -1), grad, grad_weights)
    add_rows(grad, grad_bias)
