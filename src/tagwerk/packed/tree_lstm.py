"""Tree-LSTMs over packed trees, compiled (arXiv:1503.00075).

The two kinds differ only in the input of the recurrent weights. In an ordered node, every gate, forget gates included,
sees the concatenated states of the children; otherwise the gates see their sum, and a forget gate its own child.
The weights of the gates i, o, g are next to each other, those of the forget gates apart, since a leaf has none.
"""

import numpy as np

from tagwerk.arrays import Floats32, Ints
from tagwerk.packed.kernels import BLOCK_ROWS, ONE
from tagwerk.packed.products import add_scaled, add_transposed_matmul, compiled, in_panels, panel_matmul
from tagwerk.packed.tree_lstm_gates import forget_gradient, forget_step, gates_gradient, input_step, output_step
from tagwerk.packed.tree_rows import add_rows, add_sums, gather, scatter


@compiled
def forward(
    ordered: bool, nodes: Floats32, edges: Ints, offsets: Ints, blocks: Ints, keep_residuals: bool,
    kernel: Floats32, kernel_f: Floats32, recurrent: Floats32, recurrent_f: Floats32, bias: Floats32, bias_f: Floats32,
    states: Floats32, cell_states: Floats32, gates: Floats32, forget_gates: Floats32,
) -> None:  # fmt: skip
    """Write hidden and cell states (M, U) of all nodes (M, F), their gates (M, 3 U), and forget gates (E, U).

    Edges, offsets and blocks are those of `tagwerk.packed.levels.Levels`; ordered nodes have C edges each. Without a
    backward pass, the gates have only the rows of one block.
    """
    kernel_panels = in_panels(kernel)
    recurrent_panels = in_panels(recurrent)
    recurrent_f_panels = in_panels(recurrent_f)
    kernel_f_panels = in_panels(kernel_f)
    units, leaves = states.shape[1], len(nodes) - len(offsets) + 1
    max_edges = _max_edges(offsets, blocks, leaves)
    parts, sums = np.empty((max_edges, units), np.float32), np.empty((BLOCK_ROWS, units), np.float32)
    h_gates, x_gates = np.zeros((BLOCK_ROWS, 3 * units), np.float32), np.empty((BLOCK_ROWS, units), np.float32)
    for index in range(len(blocks) - 1):
        start, stop = blocks[index], blocks[index + 1]
        count = stop - start
        values, state, cell_state = gates[start * keep_residuals :][:count], states[start:stop], cell_states[start:stop]
        panel_matmul(nodes[start:stop], kernel_panels, values)
        if start < leaves:
            input_step(values, h_gates, bias, cell_state)
        else:
            block_offsets = offsets[start - leaves : stop - leaves + 1]
            first, last = block_offsets[0], block_offsets[-1]
            rows, f = edges[first:last], forget_gates[first * keep_residuals :][: last - first]
            child_states = parts[: len(rows)]
            gather(states, rows, child_states)
            panel_matmul(_hidden_inputs(ordered, child_states, block_offsets, sums), recurrent_panels, h_gates[:count])
            panel_matmul(
                child_states.reshape(-1, len(recurrent_f)),
                recurrent_f_panels,
                f.reshape(-1, recurrent_f.shape[1]),
            )
            panel_matmul(nodes[start:stop], kernel_f_panels, x_gates[:count])
            input_step(values, h_gates, bias, cell_state)
            forget_step(f, x_gates, bias_f, rows, block_offsets, cell_states, cell_state)
        output_step(values, cell_state, state)


@compiled
def backward(
    ordered: bool, nodes: Floats32, edges: Ints, offsets: Ints, blocks: Ints,
    kernel: Floats32, kernel_f: Floats32, recurrent: Floats32, recurrent_f: Floats32,
    states: Floats32, cell_states: Floats32, gates: Floats32, forget_gates: Floats32, grad_states: Floats32,
    grad_nodes: Floats32, grad_kernel: Floats32, grad_kernel_f: Floats32,
    grad_recurrent: Floats32, grad_recurrent_f: Floats32, grad_bias: Floats32, grad_bias_f: Floats32,
) -> None:  # fmt: skip
    """Write the gradients of nodes and weights from those of the states, (M, U), to which those via parents are added.

    The weights are passed transposed. The gradients of the weights must be zero on entry.
    """
    kernel_panels = in_panels(kernel)
    kernel_f_panels = in_panels(kernel_f)
    recurrent_panels = in_panels(recurrent)
    recurrent_f_panels = in_panels(recurrent_f)
    units, leaves = states.shape[1], len(nodes) - len(offsets) + 1
    max_edges, block = _max_edges(offsets, blocks, leaves), 2 * BLOCK_ROWS
    grad_cell_states = np.zeros_like(states)
    inputs, grad_gates = np.empty((block, nodes.shape[1]), np.float32), np.empty((block, 3 * units), np.float32)
    grad_x_gates, sums = np.empty((block, units), np.float32), np.empty((block, units), np.float32)
    parts, grad_f = np.empty((2 * max_edges, units), np.float32), np.empty((2 * max_edges, units), np.float32)
    grad_hidden = np.empty((BLOCK_ROWS, recurrent.shape[1]), np.float32)
    grad_inputs = np.empty((BLOCK_ROWS, nodes.shape[1]), np.float32)
    grad_parts = np.empty((max_edges, units), np.float32)
    filled = filled_edges = 0
    for index in range(len(blocks) - 2, -1, -1):
        start, stop = blocks[index], blocks[index + 1]
        count, until = stop - start, filled + stop - start
        grad_values, inputs[filled:until] = grad_gates[filled:until], nodes[start:stop]
        gates_gradient(
            gates[start:stop], cell_states[start:stop], grad_states[start:stop], grad_cell_states[start:stop],
            grad_values,
        )  # fmt: skip
        panel_matmul(grad_values, kernel_panels, grad_nodes[start:stop])
        if start >= leaves:
            block_offsets = offsets[start - leaves : stop - leaves + 1]
            first, last = block_offsets[0], block_offsets[-1]
            rows, f = edges[first:last], forget_gates[first:last]
            until_edge = filled_edges + len(rows)
            child_states, grad_edges = parts[filled_edges:until_edge], grad_f[filled_edges:until_edge]
            gather(states, rows, child_states)
            _hidden_inputs(ordered, child_states, block_offsets, sums[filled:])
            forget_gradient(
                f, grad_cell_states[start:stop], rows, block_offsets, cell_states, grad_cell_states, grad_edges
            )
            grad_x_values = grad_x_gates[filled:until]
            grad_x_values[...] = 0
            add_sums(grad_edges, block_offsets, grad_x_values)
            panel_matmul(grad_x_values, kernel_f_panels, grad_inputs[:count])
            for row in range(count):
                add_scaled(ONE, grad_inputs[row], grad_nodes[start + row])
            panel_matmul(grad_values, recurrent_panels, grad_hidden[:count])
            grad_children = grad_parts[: len(rows)]
            panel_matmul(
                grad_edges.reshape(-1, len(recurrent_f)),
                recurrent_f_panels,
                grad_children.reshape(-1, len(recurrent_f)),
            )
            scatter(grad_children, rows, grad_states)
            _scatter_hidden(ordered, grad_hidden[:count], rows, block_offsets, grad_states)
            filled_edges = until_edge
        filled = until
        if filled >= BLOCK_ROWS or filled_edges >= max_edges or start in (leaves, 0):
            add_transposed_matmul(inputs[:filled], grad_gates[:filled], grad_kernel)
            add_rows(grad_gates[:filled], grad_bias)
            if filled_edges:
                children, grad_children_f = parts[:filled_edges], grad_f[:filled_edges].reshape(-1, len(recurrent_f))
                hidden = children.reshape(filled, -1) if ordered else sums[:filled]
                add_transposed_matmul(hidden, grad_gates[:filled], grad_recurrent)
                add_transposed_matmul(children.reshape(-1, recurrent_f.shape[1]), grad_children_f, grad_recurrent_f)
                add_transposed_matmul(inputs[:filled], grad_x_gates[:filled], grad_kernel_f)
                add_rows(grad_x_gates[:filled], grad_bias_f)
            filled = filled_edges = 0


@compiled
def _max_edges(offsets: Ints, blocks: Ints, leaves: int) -> int:
    """Return the maximum number of edges per block; at least enough rows for efficient gradients of small blocks."""
    max_edges = 2 * BLOCK_ROWS
    for index in range(len(blocks) - 1):
        if blocks[index] >= leaves:
            max_edges = max(max_edges, offsets[blocks[index + 1] - leaves] - offsets[blocks[index] - leaves])
    return max_edges


@compiled
def _hidden_inputs(ordered: bool, parts: Floats32, offsets: Ints, sums: Floats32) -> Floats32:
    """Return what the gates see of the children's states (E, U): all of them, (I, C U), or their sums, (I, U)."""
    nodes = len(offsets) - 1
    if ordered:
        return parts.reshape(nodes, -1)
    sums[:nodes] = 0
    add_sums(parts, offsets, sums[:nodes])
    return sums[:nodes]


@compiled
def _scatter_hidden(ordered: bool, grad_hidden: Floats32, rows: Ints, offsets: Ints, grad_states: Floats32) -> None:
    """Add the gradients of the output of `_hidden_inputs` to those of the children's states."""
    if ordered:
        scatter(grad_hidden.reshape(len(rows), -1), rows, grad_states)
        return
    for node in range(len(grad_hidden)):
        for edge in range(offsets[node] - offsets[0], offsets[node + 1] - offsets[0]):
            add_scaled(ONE, grad_hidden[node], grad_states[rows[edge]])
