"""Tree-LSTMs over packed trees, compiled (arXiv:1503.00075).

Both kinds differ in what goes through the recurrent weights alone: an ordered node's gates see the states of its
children side by side, all of which each forget gate sees; the others see their sum, and a forget gate its child's.
The weights of the gates i, o, g stand side by side, those of the forget gates apart, for a leaf has none.
"""

import numpy as np
from numpy.typing import NDArray

from tagwerk.packed.kernels import (  # Numba's cache sees no changes of kernels in other files
    ONE,
    ROWS,
    add_product,
    add_times,
    compiled,
    product,
    sigmoids,
    tanh,
    tanhs,
)
from tagwerk.packed.tree_rows import add_rows, add_sums, gather, scatter

Floats = NDArray[np.float32]
Integers = NDArray[np.int64]


@compiled
def forward(
    ordered: bool, nodes: Floats, edges: Integers, first: Integers, blocks: Integers, keeps: bool,
    kernel: Floats, kernel_f: Floats, recurrent: Floats, recurrent_f: Floats, bias: Floats, bias_f: Floats,
    states: Floats, memories: Floats, gates: Floats, forgets: Floats,
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
            _begin(values, more, bias, memory)
        else:
            of = first[start - leaves : stop - leaves + 1]
            rows, forget = edges[of[0] : of[-1]], forgets[of[0] * keeps :][: of[-1] - of[0]]
            some = parts[: len(rows)]
            gather(states, rows, some)
            product(_seen(ordered, some, of, sums), recurrent, more[:count])
            product(some.reshape(-1, len(recurrent_f)), recurrent_f, forget.reshape(-1, recurrent_f.shape[1]))
            product(nodes[start:stop], kernel_f, fed[:count])
            _begin(values, more, bias, memory)
            _forget(forget, fed, bias_f, rows, of, memories, memory)
        _end(values, memory, state)


@compiled
def backward(
    ordered: bool, nodes: Floats, edges: Integers, first: Integers, blocks: Integers,
    kernel: Floats, kernel_f: Floats, recurrent: Floats, recurrent_f: Floats,
    states: Floats, memories: Floats, gates: Floats, forgets: Floats, by_states: Floats,
    by_nodes: Floats, by_kernel: Floats, by_kernel_f: Floats, by_recurrent: Floats, by_recurrent_f: Floats,
    by_bias: Floats, by_bias_f: Floats,
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
        _end_back(gates[start:stop], memories[start:stop], by_states[start:stop], by_memories[start:stop], found)
        product(found, kernel, by_nodes[start:stop])
        if start >= leaves:
            of = first[start - leaves : stop - leaves + 1]
            rows, forget = edges[of[0] : of[-1]], forgets[of[0] : of[-1]]
            some, by_forget = parts[taken : taken + len(rows)], by_forgets[taken : taken + len(rows)]
            gather(states, rows, some)
            _seen(ordered, some, of, sums[filled:])
            _forget_back(forget, by_memories[start:stop], rows, of, memories, by_memories, by_forget)
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
def _most(first: Integers, blocks: Integers, leaves: int) -> int:
    """Return the most edges of a block."""
    most = 0
    for number in range(len(blocks) - 1):
        if blocks[number] >= leaves:
            most = max(most, first[blocks[number + 1] - leaves] - first[blocks[number] - leaves])
    return most


@compiled
def _seen(ordered: bool, parts: Floats, first: Integers, sums: Floats) -> Floats:
    """Return what the gates see of the children's states (E, U): (I, C U), or their sums, (I, U)."""
    nodes = len(first) - 1
    if ordered:
        return parts.reshape(nodes, -1)
    sums[:nodes] = 0
    add_sums(parts, first, sums[:nodes])
    return sums[:nodes]


@compiled
def _to_children(ordered: bool, through: Floats, rows: Integers, first: Integers, by_states: Floats) -> None:
    """Give back what comes through `_seen`."""
    if ordered:
        scatter(through.reshape(len(rows), -1), rows, by_states)
        return
    for node in range(len(through)):
        for edge in range(first[node] - first[0], first[node + 1] - first[0]):
            add_times(ONE, through[node], by_states[rows[edge]])


@compiled
def _begin(gates: Floats, fed: Floats, bias: Floats, memories: Floats) -> None:
    """Make the gates of what comes as W x and R h, and c = i g of them."""
    units = memories.shape[1]
    second, third = units, 2 * units
    for node in range(len(gates)):
        values, more, c = gates[node], fed[node], memories[node]
        sigmoids(values[:third], more[:third], bias[:third])
        tanhs(values[third:], more[third:], bias[third:])
        i, g = values[:second], values[third:]
        for u in range(units):
            c[u] = i[u] * g[u]


@compiled
def _forget(
    forgets: Floats, fed: Floats, bias: Floats, rows: Integers, first: Integers, memories: Floats, new: Floats
) -> None:
    """Add f c of each child to c, where forgets come as R h and fed as W x."""
    for node in range(len(new)):
        more, c = fed[node], new[node]
        for edge in range(first[node] - first[0], first[node + 1] - first[0]):
            f = forgets[edge]
            sigmoids(f, more, bias)
            if rows[edge] >= 0:
                before = memories[rows[edge]]
                for u in range(len(c)):
                    c[u] += f[u] * before[u]


@compiled
def _end(gates: Floats, memories: Floats, states: Floats) -> None:
    """Write h = o tanh(c)."""
    units = states.shape[1]
    for node in range(len(gates)):
        o, c, h = gates[node, units : 2 * units], memories[node], states[node]
        for u in range(units):
            h[u] = o[u] * tanh(c[u])


@compiled
def _end_back(gates: Floats, memories: Floats, slopes: Floats, by_memories: Floats, by_gates: Floats) -> None:
    """Write the gradients by what the gates i, o, g are made of; add to those by the memories what h gives."""
    units = slopes.shape[1]
    second, third = units, 2 * units
    t = np.empty(units, np.float32)
    for node in range(len(gates)):
        values, found = gates[node], by_gates[node]
        i, o, g = values[:second], values[second:third], values[third:]
        by_i, by_o, by_g = found[:second], found[second:third], found[third:]
        c, d, d_c = memories[node], slopes[node], by_memories[node]
        for u in range(units):
            t[u] = tanh(c[u])
        for u in range(units):
            d_c[u] += d[u] * o[u] * (ONE - t[u] * t[u])
        for u in range(units):
            by_i[u] = d_c[u] * g[u] * i[u] * (ONE - i[u])
        for u in range(units):
            by_o[u] = d[u] * t[u] * o[u] * (ONE - o[u])
        for u in range(units):
            by_g[u] = d_c[u] * i[u] * (ONE - g[u] * g[u])


@compiled
def _forget_back(
    forgets: Floats, slopes: Floats, rows: Integers, first: Integers,
    memories: Floats, by_memories: Floats, by_forgets: Floats,
) -> None:  # fmt: skip
    """Write the gradients by what the forget gates are made of, from those by c; add those by the children's c."""
    for node in range(len(slopes)):
        d = slopes[node]
        for edge in range(first[node] - first[0], first[node + 1] - first[0]):
            f, found, row = forgets[edge], by_forgets[edge], rows[edge]
            if row < 0:
                found[:] = 0
                continue
            before, d_before = memories[row], by_memories[row]
            for u in range(len(d)):
                found[u] = d[u] * before[u] * f[u] * (ONE - f[u])
            for u in range(len(d)):
                d_before[u] += d[u] * f[u]
