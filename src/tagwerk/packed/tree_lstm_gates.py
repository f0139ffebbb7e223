"""The gates of Tree-LSTMs, node by node, and their gradients, compiled."""

import numpy as np

from tagwerk.arrays import Floats32, Ints
from tagwerk.packed.kernels import (  # Numba's cache sees no changes of kernels in other files
    ONE,
    compiled,
    sigmoids,
    tanh,
    tanhs,
)


@compiled
def begin(gates: Floats32, fed: Floats32, bias: Floats32, memories: Floats32) -> None:
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
def remember(
    forgets: Floats32, fed: Floats32, bias: Floats32, rows: Ints, first: Ints, memories: Floats32, new: Floats32
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
def end(gates: Floats32, memories: Floats32, states: Floats32) -> None:
    """Write h = o tanh(c)."""
    units = states.shape[1]
    for node in range(len(gates)):
        o, c, h = gates[node, units : 2 * units], memories[node], states[node]
        for u in range(units):
            h[u] = o[u] * tanh(c[u])


@compiled
def end_back(gates: Floats32, memories: Floats32, slopes: Floats32, by_memories: Floats32, by_gates: Floats32) -> None:
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
def remember_back(
    forgets: Floats32, slopes: Floats32, rows: Ints, first: Ints,
    memories: Floats32, by_memories: Floats32, by_forgets: Floats32,
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
