"""The LSTM cell (Hochreiter and Schmidhuber 1997, with forget gates), gates in Keras's order i, f, g, o.

c' = f c + i g, h' = o tanh(c'); i, f and o are logistic functions of W x + R h + b, g its hyperbolic tangent.
"""

import numpy as np
from numpy.typing import NDArray

from tagwerk.packed.activations import add_sigmoid, add_tanh, compiled, tanh
from tagwerk.packed.cell import Cell

Floats = NDArray[np.float32]

_ONE = np.float32(1)


# Short loops, which write one array each: the compiler makes vector instructions of no others.
@compiled
def _step(
    gates: Floats, fed: Floats, bias: Floats, before: Floats, state: Floats, past: Floats, memory: Floats
) -> None:
    units = state.shape[1]
    g_start, o_start = 2 * units, 3 * units
    for jet in range(len(gates)):
        values, more = gates[jet], fed[jet]
        add_sigmoid(values[:g_start], more[:g_start], bias[0, :g_start])
        add_tanh(values[g_start:o_start], more[g_start:o_start], bias[0, g_start:o_start])
        add_sigmoid(values[o_start:], more[o_start:], bias[0, o_start:])
        i, f, g, o = values[:units], values[units:g_start], values[g_start:o_start], values[o_start:]
        c0, c, h = past[jet], memory[jet], state[jet]
        for u in range(units):
            c[u] = f[u] * c0[u] + i[u] * g[u]
        for u in range(units):
            h[u] = o[u] * tanh(c[u])


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
    units = past.shape[1]
    f_start, g_start, o_start = units, 2 * units, 3 * units
    d, t = np.empty(units, np.float32), np.empty(units, np.float32)
    for jet in range(len(gates)):
        i, f, g, o = (
            gates[jet, :f_start],
            gates[jet, f_start:g_start],
            gates[jet, g_start:o_start],
            gates[jet, o_start:],
        )
        by_i, by_f = by_gates[jet, :f_start], by_gates[jet, f_start:g_start]
        by_g, by_o = by_gates[jet, g_start:o_start], by_gates[jet, o_start:]
        c0, c, d_h, d_r, d_c = past[jet], memory[jet], slope[jet], through[jet], along[jet]
        for u in range(units):
            d[u] = d_h[u] + d_r[u]
        for u in range(units):
            t[u] = tanh(c[u])
        for u in range(units):
            d_c[u] += d[u] * o[u] * (_ONE - t[u] * t[u])
        for u in range(units):
            by_i[u] = d_c[u] * g[u] * i[u] * (_ONE - i[u])
        for u in range(units):
            by_f[u] = d_c[u] * c0[u] * f[u] * (_ONE - f[u])
        for u in range(units):
            by_g[u] = d_c[u] * i[u] * (_ONE - g[u] * g[u])
        for u in range(units):
            by_o[u] = d[u] * t[u] * o[u] * (_ONE - o[u])
        for u in range(units):
            d_c[u] *= f[u]


LSTM = Cell(gates=4, memory=True, step=_step, back=_back)
