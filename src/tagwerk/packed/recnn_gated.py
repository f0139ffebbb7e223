"""The gated recursive network of arXiv:1702.00748 over packed trees, compiled.

u = relu(W x + b), which is a leaf's state. Of other nodes, with s = [h_1; ...; h_C; u]:
r = sigmoid(2 (R_r s + b_r)), h' = relu(R_h (r s) + b_h), z = softmax(R_z [h'; s] + b_z) over the C + 2 parts, unit by
unit, and h = z [h'; s], summed over the parts.
"""

import numpy as np

from tagwerk.arrays import Floats32, Ints
from tagwerk.packed.kernels import (  # Numba's cache sees no changes of kernels in other files
    ROWS,
    add_product,
    compiled,
    product,
)
from tagwerk.packed.recnn_gates import add, join, mix, mix_back, reset_back, resets_of, split, times
from tagwerk.packed.recnn_simple import give_back
from tagwerk.packed.tree_rows import add_rows, gather_parts, rectified_back, rectify


@compiled
def forward(
    nodes: Floats32, children: Ints, blocks: Ints, keeps: bool,
    kernel: Floats32, bias: Floats32, reset: Floats32, reset_bias: Floats32,
    candidate: Floats32, candidate_bias: Floats32, update: Floats32, update_bias: Floats32,
    states: Floats32, own: Floats32, resets: Floats32, candidates: Floats32, updates: Floats32,
) -> None:  # fmt: skip
    """Write the states (M, U) of all nodes (M, F), and of those with children (I, C) u, r, h' and z."""
    leaves, units, slots = len(nodes) - len(children), states.shape[1], children.shape[1]
    parts = np.empty((ROWS, slots + 1, units), np.float32)
    gated = np.empty_like(parts)
    mixed = np.empty((ROWS, slots + 2, units), np.float32)
    for number in range(len(blocks) - 1):
        start, stop = blocks[number], blocks[number + 1]
        state, count, inner = states[start:stop], stop - start, (start - leaves) * keeps
        if start < leaves:
            product(nodes[start:stop], kernel, state)
            rectify(state, bias)
            continue
        u, r, h, z = own[inner:][:count], resets[inner:][:count], candidates[inner:][:count], updates[inner:][:count]
        product(nodes[start:stop], kernel, u)
        rectify(u, bias)
        gather_parts(states, children[start - leaves : stop - leaves], u, parts)
        product(parts[:count].reshape(count, -1), reset, r)
        resets_of(r, reset_bias)
        times(r, parts, gated)
        product(gated[:count].reshape(count, -1), candidate, h)
        rectify(h, candidate_bias)
        join(h, parts, mixed)
        product(mixed[:count].reshape(count, -1), update, z)
        mix(z, update_bias, mixed, state)


@compiled
def backward(
    nodes: Floats32, children: Ints, blocks: Ints,
    kernel: Floats32, reset: Floats32, candidate: Floats32, update: Floats32,
    states: Floats32, own: Floats32, resets: Floats32, candidates: Floats32, updates: Floats32, by_states: Floats32,
    by_nodes: Floats32, by_kernel: Floats32, by_bias: Floats32, by_reset: Floats32, by_reset_bias: Floats32,
    by_candidate: Floats32, by_candidate_bias: Floats32, by_update: Floats32, by_update_bias: Floats32,
) -> None:  # fmt: skip
    """Write the gradients by nodes and weights from those by the states, (M, U), to which are added their parents'.

    The weights come transposed. Those by the weights are to be zero before.
    """
    leaves, units, slots = len(nodes) - len(children), states.shape[1], children.shape[1]
    block = 2 * ROWS
    inputs, by_own = np.empty((block, nodes.shape[1]), np.float32), np.empty((block, units), np.float32)
    parts, mixed = np.empty((block, slots + 1, units), np.float32), np.empty((block, slots + 2, units), np.float32)
    gated, by_r, by_z = np.empty_like(parts), np.empty_like(parts), np.empty_like(mixed)
    by_h, by_candidates = np.empty((block, units), np.float32), np.empty((ROWS, units), np.float32)
    by_parts = np.empty((ROWS, slots + 1, units), np.float32)
    through = np.empty_like(by_parts)
    by_mixed = np.empty((ROWS, slots + 2, units), np.float32)
    filled = 0
    for number in range(len(blocks) - 2, -1, -1):
        start, stop = blocks[number], blocks[number + 1]
        count, until = stop - start, filled + stop - start
        slope, u, found = by_states[start:stop], states[start:stop], by_own[filled:until]
        inputs[filled:until] = nodes[start:stop]
        if start >= leaves:
            inner = slice(start - leaves, stop - leaves)
            rows, u, r, h, z = children[inner], own[inner], resets[inner], candidates[inner], updates[inner]
            some, product_of, both = parts[filled:until], gated[filled:until], mixed[filled:until]
            gather_parts(states, rows, u, some)
            times(r, some, product_of)
            join(h, some, both)
            mix_back(slope, z, both, states[start:stop], by_z[filled:until])
            product(by_z[filled:until].reshape(count, -1), update, by_mixed[:count].reshape(count, -1))
            split(slope, z, by_mixed[:count], by_candidates, by_parts)
            rectified_back(by_candidates[:count], h, by_h[filled:until])
            product(by_h[filled:until], candidate, through[:count].reshape(count, -1))
            reset_back(through[:count], r, some, by_r[filled:until], by_parts)
            product(by_r[filled:until].reshape(count, -1), reset, through[:count].reshape(count, -1))
            add(through[:count], by_parts)
            slope = give_back(by_parts[:count], rows, by_states)
        rectified_back(slope, u, found)
        product(found, kernel, by_nodes[start:stop])
        filled = until
        if filled >= ROWS or start in (leaves, 0):
            add_product(inputs[:filled], by_own[:filled], by_kernel)
            add_rows(by_own[:filled], by_bias)
            if start >= leaves:
                _by_weights(parts[:filled], by_r[:filled], by_reset, by_reset_bias)
                _by_weights(mixed[:filled], by_z[:filled], by_update, by_update_bias)
                add_product(gated[:filled].reshape(filled, -1), by_h[:filled], by_candidate)
                add_rows(by_h[:filled], by_candidate_bias)
            filled = 0


@compiled
def _by_weights(parts: Floats32, slopes: Floats32, by_weights: Floats32, by_bias: Floats32) -> None:
    found = slopes.reshape(len(slopes), -1)
    add_product(parts.reshape(len(parts), -1), found, by_weights)
    add_rows(found, by_bias)
