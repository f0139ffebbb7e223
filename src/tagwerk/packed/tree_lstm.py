"""Tree-LSTMs over packed trees, compiled (arXiv:1503.00075).

Both kinds differ in what goes through the recurrent weights alone: an ordered node's gates see the states of its
children side by side, all of which each forget gate sees; the others see their sum, and a forget gate its child's.
The weights of the gates i, o, g stand side by side, those of the forget gates apart, for a leaf has none.
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
from tagwerk.packed.tree_lstm_gates import begin, end, end_back, remember, remember_back
from tagwerk.packed.tree_rows import add_rows, add_sums, gather, scatter


@compiled
def forward(
    ordered: bool, nodes: Floats32, edges: Ints, first: Ints, blocks: Ints, keeps: bool,
    kernel: Floats32, kernel_f: Floats32, recurrent: Floats32, recurrent_f: Floats32, bias: Floats32, bias_f: Floats32,
    states: Floats32, memories: Floats32, gates: Floats32, forgets: Floats32,
) -> None:  # fmt: skip
    """Write states and memories (M, U) of all nodes (M, F), their gates (M, 3 U), and forget gates (E, U).

    Edges, first and blocks are those of `tagwerk.packed.levels.Levels`; to ordered nodes belong C edges each. Without
    a backward pass, there are only as many rows of gates as a block has.
    """
    units, leaves = states.shape[1], len(nodes) - len(first) + 1
    most = _most(first, blocks, leaves)
    parts, sums = np.empty((most, units), np.float32), np.empty((ROWS, units), np.float32)
    more, fed = np.zeros((ROWS, 3 * units), np.float32), np.empty((ROWS, units), np.float32)
    for number in range(len(blocks) - 1):
        start, stop = blocks[number], blocks[number + 1]
        count = stop - start
        values, state, memory = gates[start * keeps :][:count], states[start:stop], memories[start:stop]
        product(nodes[start:stop], kernel, values)
        if start < leaves:
            begin(values, more, bias, memory)
        else:
            of = first[start - leaves : stop - leaves + 1]
            rows, forget = edges[of[0] : of[-1]], forgets[of[0] * keeps :][: of[-1] - of[0]]
            some = parts[: len(rows)]
            gather(states, rows, some)
            product(_seen(ordered, some, of, sums), recurrent, more[:count])
            product(some.reshape(-1, len(recurrent_f)), recurrent_f, forget.reshape(-1, recurrent_f.shape[1]))
            product(nodes[start:stop], kernel_f, fed[:count])
            begin(values, more, bias, memory)
            remember(forget, fed, bias_f, rows, of, memories, memory)
        end(values, memory, state)


@compiled
def backward(
    ordered: bool, nodes: Floats32, edges: Ints, first: Ints, blocks: Ints,
    kernel: Floats32, kernel_f: Floats32, recurrent: Floats32, recurrent_f: Floats32,
    states: Floats32, memories: Floats32, gates: Floats32, forgets: Floats32, by_states: Floats32,
    by_nodes: Floats32, by_kernel: Floats32, by_kernel_f: Floats32, by_recurrent: Floats32, by_recurrent_f: Floats32,
    by_bias: Floats32, by_bias_f: Floats32,
) -> None:  # fmt: skip
    """Write the gradients by nodes and weights from those by the states, (M, U), to which are added their parents'.

    The weights come transposed. Those by the weights are to be zero before.
    """
    units, leaves = states.shape[1], len(nodes) - len(first) + 1
    most, block = _most(first, blocks, leaves), 2 * ROWS
    by_memories = np.zeros_like(states)
    inputs, by_gates = np.empty((block, nodes.shape[1]), np.float32), np.empty((block, 3 * units), np.float32)
    by_fed, sums = np.empty((block, units), np.float32), np.empty((block, units), np.float32)
    parts, by_forgets = np.empty((2 * most, units), np.float32), np.empty((2 * most, units), np.float32)
    through, more = np.empty((ROWS, recurrent.shape[1]), np.float32), np.empty((ROWS, nodes.shape[1]), np.float32)
    by_parts = np.empty((most, units), np.float32)
    filled = taken = 0
    for number in range(len(blocks) - 2, -1, -1):
        start, stop = blocks[number], blocks[number + 1]
        count, until = stop - start, filled + stop - start
        found, inputs[filled:until] = by_gates[filled:until], nodes[start:stop]
        end_back(gates[start:stop], memories[start:stop], by_states[start:stop], by_memories[start:stop], found)
        product(found, kernel, by_nodes[start:stop])
        if start >= leaves:
            of = first[start - leaves : stop - leaves + 1]
            rows, forget = edges[of[0] : of[-1]], forgets[of[0] : of[-1]]
            some, by_forget = parts[taken : taken + len(rows)], by_forgets[taken : taken + len(rows)]
            gather(states, rows, some)
            _seen(ordered, some, of, sums[filled:])
            remember_back(forget, by_memories[start:stop], rows, of, memories, by_memories, by_forget)
            fed = by_fed[filled:until]
            fed[...] = 0
            add_sums(by_forget, of, fed)
            product(fed, kernel_f, more[:count])
            for row in range(count):
                add_times(ONE, more[row], by_nodes[start + row])
            product(found, recurrent, through[:count])
            some = by_parts[: len(rows)]
            product(by_forget.reshape(-1, len(recurrent_f)), recurrent_f, some.reshape(-1, len(recurrent_f)))
            scatter(some, rows, by_states)
            _to_children(ordered, through[:count], rows, of, by_states)
            taken += len(rows)
        filled = until
        if filled >= ROWS or taken >= most or start in (leaves, 0):
            add_product(inputs[:filled], by_gates[:filled], by_kernel)
            add_rows(by_gates[:filled], by_bias)
            if taken:
                some, by_forget = parts[:taken], by_forgets[:taken].reshape(-1, len(recurrent_f))
                shared = some.reshape(filled, -1) if ordered else sums[:filled]
                add_product(shared, by_gates[:filled], by_recurrent)
                add_product(some.reshape(-1, recurrent_f.shape[1]), by_forget, by_recurrent_f)
                add_product(inputs[:filled], by_fed[:filled], by_kernel_f)
                add_rows(by_fed[:filled], by_bias_f)
            filled = taken = 0


@compiled
def _most(first: Ints, blocks: Ints, leaves: int) -> int:
    """Return the most edges of a block, and enough for gradients of many rows at a time where blocks are small."""
    most = 2 * ROWS
    for number in range(len(blocks) - 1):
        if blocks[number] >= leaves:
            most = max(most, first[blocks[number + 1] - leaves] - first[blocks[number] - leaves])
    return most


@compiled
def _seen(ordered: bool, parts: Floats32, first: Ints, sums: Floats32) -> Floats32:
    """Return what the gates see of the children's states (E, U): (I, C U), or their sums, (I, U)."""
    nodes = len(first) - 1
    if ordered:
        return parts.reshape(nodes, -1)
    sums[:nodes] = 0
    add_sums(parts, first, sums[:nodes])
    return sums[:nodes]


@compiled
def _to_children(ordered: bool, through: Floats32, rows: Ints, first: Ints, by_states: Floats32) -> None:
    """Give back what comes through `_seen`."""
    if ordered:
        scatter(through.reshape(len(rows), -1), rows, by_states)
        return
    for node in range(len(through)):
        for edge in range(first[node] - first[0], first[node + 1] - first[0]):
            add_times(ONE, through[node], by_states[rows[edge]])
