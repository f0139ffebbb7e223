"""The GRU cell (arXiv:1406.1078v1, the reset gate behind the weights), gates in Keras's order z, r, g.

h' = z h + (1 - z) g; z and r are logistic functions of W x + R h + b, g = tanh(W x + b + r (R h + b')), whose last
bracket is the memory: the backward pass needs it again.
"""

import numpy as np
from numpy.typing import NDArray

from tagwerk.packed.activations import compiled, sigmoid, tanh
from tagwerk.packed.cell import Cell

Floats = NDArray[np.float32]

_ONE = np.float32(1)


# Short loops, which write one array each: the compiler makes vector instructions of no others.
@compiled
def _step(
    gates: Floats, fed: Floats, bias: Floats, before: Floats, state: Floats, past: Floats, memory: Floats
) -> None:
    units = state.shape[1]
    start = 2 * units
    for jet in range(len(gates)):
        values, more, b, b_fed = gates[jet], fed[jet], bias[0], bias[1]
        z, r, g = values[:units], values[units:start], values[start:]
        h0, h, m, g_fed = before[jet], state[jet], memory[jet], more[start:]
        for u in range(start):
            values[u] = sigmoid(values[u] + more[u] + (b[u] + b_fed[u]))
        for u in range(units):
            m[u] = g_fed[u] + b_fed[start + u]
        for u in range(units):
            g[u] = tanh(g[u] + b[start + u] + r[u] * m[u])
        for u in range(units):
            h[u] = z[u] * h0[u] + (_ONE - z[u]) * g[u]


@compiled
def _back(
    gates: Floats,
    before: Floats,
    past: Floats,
    memory: Floats,
    slope: Floats,
    through: Floats,
    along: Floats,
    by_gates: Floats,
    by_fed: Floats,
) -> None:
    units = before.shape[1]
    start = 2 * units
    d = np.empty(units, np.float32)
    for jet in range(len(gates)):
        z, r, g = gates[jet, :units], gates[jet, units:start], gates[jet, start:]
        by_z, by_r, by_g = by_gates[jet, :units], by_gates[jet, units:start], by_gates[jet, start:]
        found, found_fed, by_g_fed = by_gates[jet], by_fed[jet], by_fed[jet, start:]
        h0, m, d_h, d_r, d_direct = before[jet], memory[jet], slope[jet], through[jet], along[jet]
        for u in range(units):
            d[u] = d_h[u] + d_r[u] + d_direct[u]
        for u in range(units):
            by_z[u] = d[u] * (h0[u] - g[u]) * z[u] * (_ONE - z[u])
        for u in range(units):
            by_g[u] = d[u] * (_ONE - z[u]) * (_ONE - g[u] * g[u])
        for u in range(units):
            by_r[u] = by_g[u] * m[u] * r[u] * (_ONE - r[u])
        for u in range(start):
            found_fed[u] = found[u]
        for u in range(units):
            by_g_fed[u] = by_g[u] * r[u]
        for u in range(units):
            d_direct[u] = d[u] * z[u]


GRU = Cell(gates=3, memory=True, step=_step, back=_back, shares=False)
