"""Recurrent layers over packed steps, compiled.

One file for all that is compiled together: Numba keeps what it compiled until the file itself changes, and does not see
changes of what it calls in others.

The loops over units are short and write one array each, for the compiler makes vector instructions of no others.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from numba import njit
from threadpoolctl import threadpool_info

from tagwerk.arrays import Floats32, Ints
from tagwerk.compilation import Kernel, compiler

compiled = compiler(fastmath=True, error_model="numpy")
inlined: Callable[[Kernel], Kernel] = njit(inline="always", fastmath=True, error_model="numpy")

SIMPLE_RNN, LSTM, GRU = range(3)

# With AVX-512, OpenBLAS multiplies matrices of m k n up to a million without copying them first, a fourth faster.
_WITHOUT_COPY = {"SkylakeX", "Cooperlake", "SapphireRapids"}
_SMALL = 1_000_000 if any(each.get("architecture") in _WITHOUT_COPY for each in threadpool_info()) else 2**62

_NARROW = 16  # fewer products a number than BLAS is made for
ROWS = 128  # as many rows of the gates as stay in a core's cache while gradients are made of them

HALF, ONE = np.float32(0.5), np.float32(1)

# tanh(x) = x P(x²) / Q(x²) for |x| < 9, fitted for the least largest relative error, 6e-8; beyond, it is one to 3e-8.
_END = np.float32(9)
_P0, _P1, _P2, _P3, _P4, _P5 = (
    np.float32(value)
    for value in (1, 0.1291922628879547, 2.920759609e-3, 9.267404494e-6, -1.278040607e-8, 1.825519076e-11)
)
_Q1, _Q2, _Q3 = (np.float32(value) for value in (0.4625250995159149, 2.376315929e-2, 2.280999324e-4))


@inlined
def tanh(x: Any) -> Any:
    """Return the hyperbolic tangent, within 4e-7."""
    x = min(max(x, -_END), _END)
    u = x * x
    above = ((((_P5 * u + _P4) * u + _P3) * u + _P2) * u + _P1) * u + _P0
    below = ((_Q3 * u + _Q2) * u + _Q1) * u + ONE
    return x * above / below


@inlined
def sigmoid(x: Any) -> Any:
    """Return 1 / (1 + exp(-x)), within 2e-7."""
    return HALF * tanh(HALF * x) + HALF


@compiled
def product(a: Floats32, b: Floats32, out: Floats32) -> None:
    """Write a b, (m, k) (k, n), into out: some rows at a time by the system's BLAS, or plainly where k is small."""
    if len(b) <= _NARROW:
        out[...] = 0
        for row in range(len(a)):
            for k in range(0, len(b) - 1, 2):
                _add_two(a[row, k], b[k], a[row, k + 1], b[k + 1], out[row])
            if len(b) % 2:
                add_times(a[row, -1], b[-1], out[row])
        return
    rows = _SMALL // b.size // 4 * 4 or len(a)
    for start in range(0, len(a), rows):
        np.dot(a[start : start + rows], b, out[start : start + rows])


@compiled
def add_product(a: Floats32, b: Floats32, out: Floats32) -> None:
    """Add aᵀ b, (n, m)ᵀ (n, k), to out."""
    if len(out) <= _NARROW:
        for row in range(0, len(a) - 1, 2):
            for m in range(len(out)):
                _add_two(a[row, m], b[row], a[row + 1, m], b[row + 1], out[m])
        if len(a) % 2:
            for m in range(len(out)):
                add_times(a[-1, m], b[-1], out[m])
        return
    found = np.empty_like(out)
    product(np.ascontiguousarray(a.T), b, found)
    for m in range(len(out)):
        add_times(ONE, found[m], out[m])


@compiled
def forward(
    cell: int, steps: Floats32, kernel: Floats32, recurrent: Floats32, bias: Floats32, starts: Ints, counts: Ints,
    keeps: bool, gates: Floats32, states: Floats32, memories: Floats32,
) -> None:  # fmt: skip
    """Write gates, states and memories, as `tagwerk.packed.layer.Kept` has them, of a layer over N steps (N, F).

    The bias is a matrix of one row or two; starts and counts are those of `tagwerk.packed.packed_steps.Packing`.
    """
    jets = counts[0]
    fed = np.empty((jets, gates.shape[1]), np.float32)
    states[:jets] = 0
    memories[:jets] = 0
    before = 0
    for start, count in zip(starts, counts):  # noqa: B905  # of which Numba knows no `strict`
        after = jets + start
        values, more = gates[start * keeps :][:count], fed[:count]
        memory, next_memory = memories[before * keeps :], memories[after * keeps :]
        product(steps[start : start + count], kernel, values)
        product(states[before : before + count], recurrent, more)
        if cell == LSTM:
            _lstm_step(values, more, bias[0], states[after:], memory, next_memory)
        elif cell == GRU:
            _gru_step(values, more, bias, states[before:], states[after:], next_memory)
        else:
            _simple_step(values, more, bias[0], states[after:])
        before = after


@compiled
def backward(
    cell: int, steps: Floats32, slopes: Floats32, kernel: Floats32, recurrent: Floats32, starts: Ints, counts: Ints,
    gates: Floats32, states: Floats32, memories: Floats32,
    by_steps: Floats32, by_kernel: Floats32, by_recurrent: Floats32, by_bias: Floats32,
) -> None:  # fmt: skip
    """Write the gradients by steps and weights from those by the states, (N, U), of each step.

    Kernel and recurrent weights come transposed, which is faster than to have each product transpose them.
    """
    jets, units = counts[0], slopes.shape[1]
    # Some rows at a time, which are still in the processor's cache when the weights' gradients are made of them.
    block = ROWS + jets
    by_gates = np.empty((block, gates.shape[1]), np.float32)
    by_fed = np.empty_like(by_gates) if cell == GRU else by_gates
    inputs, befores = np.empty((block, steps.shape[1]), np.float32), np.empty((block, units), np.float32)
    through, along = np.zeros((jets, units), np.float32), np.zeros((jets, units), np.float32)
    by_kernel[...] = 0
    by_recurrent[...] = 0
    by_bias[...] = 0
    filled = 0
    for number in range(len(counts) - 1, -1, -1):
        start, count = starts[number], counts[number]
        end, after, before = start + count, jets + start, jets + starts[number - 1] if number else 0
        here, until = filled, filled + count
        inputs[here:until], befores[here:until] = steps[start:end], states[before : before + count]
        slope, values, found = slopes[start:end], gates[start:end], by_gates[here:until]
        if cell == LSTM:
            _lstm_back(values, memories[before:], memories[after:], slope, through, along, found)
        elif cell == GRU:
            _gru_back(values, befores[here:], memories[after:], slope, through, along, found, by_fed[here:])
        else:
            _simple_back(values, slope, through, found)
        product(found, kernel, by_steps[start:end])
        product(by_fed[here:until], recurrent, through[:count])
        filled = until
        if filled >= ROWS or number == 0:
            add_product(inputs[:filled], by_gates[:filled], by_kernel)
            add_product(befores[:filled], by_fed[:filled], by_recurrent)
            for row in range(filled):
                add_times(ONE, by_gates[row], by_bias[0])
                if len(by_bias) > 1:
                    add_times(ONE, by_fed[row], by_bias[1])
            filled = 0


@compiled
def _simple_step(gates: Floats32, fed: Floats32, bias: Floats32, states: Floats32) -> None:
    """Take a step: h' = tanh(W x + R h + b), where gates come as W x and fed as R h."""
    for jet in range(len(gates)):
        tanhs(gates[jet], fed[jet], bias)
        states[jet] = gates[jet]


@compiled
def _simple_back(gates: Floats32, slopes: Floats32, through: Floats32, by_gates: Floats32) -> None:
    for jet in range(len(gates)):
        h, d, d_r, found = gates[jet], slopes[jet], through[jet], by_gates[jet]
        for u in range(len(h)):
            found[u] = (d[u] + d_r[u]) * (ONE - h[u] * h[u])


@compiled
def _lstm_step(
    gates: Floats32, fed: Floats32, bias: Floats32, states: Floats32, memories: Floats32, next_memories: Floats32
) -> None:
    """Take a step: c' = f c + i g, h' = o tanh(c'), where i, f, o = sigmoid(W x + R h + b), g = tanh of the same.

    Keras's order i, f, g, o.
    """
    units = states.shape[1]
    second, third, fourth = units, 2 * units, 3 * units
    for jet in range(len(gates)):
        values, more = gates[jet], fed[jet]
        sigmoids(values[:third], more[:third], bias[:third])
        tanhs(values[third:fourth], more[third:fourth], bias[third:fourth])
        sigmoids(values[fourth:], more[fourth:], bias[fourth:])
        i, f, g, o = values[:second], values[second:third], values[third:fourth], values[fourth:]
        c0, c, h = memories[jet], next_memories[jet], states[jet]
        for u in range(units):
            c[u] = f[u] * c0[u] + i[u] * g[u]
        for u in range(units):
            h[u] = o[u] * tanh(c[u])


@compiled
def _lstm_back(
    gates: Floats32, memories: Floats32, next_memories: Floats32, slopes: Floats32, through: Floats32, along: Floats32,
    by_gates: Floats32,
) -> None:  # fmt: skip
    """`through` R and `along` the memory come gradients from the next step; the latter is made that of this one."""
    units = slopes.shape[1]
    second, third, fourth = units, 2 * units, 3 * units
    d, t = np.empty(units, np.float32), np.empty(units, np.float32)
    for jet in range(len(gates)):
        values, found = gates[jet], by_gates[jet]
        i, f, g, o = values[:second], values[second:third], values[third:fourth], values[fourth:]
        by_i, by_f, by_g, by_o = found[:second], found[second:third], found[third:fourth], found[fourth:]
        c0, c, d_h, d_r, d_c = memories[jet], next_memories[jet], slopes[jet], through[jet], along[jet]
        for u in range(units):
            d[u] = d_h[u] + d_r[u]
        for u in range(units):
            t[u] = tanh(c[u])
        for u in range(units):
            d_c[u] += d[u] * o[u] * (ONE - t[u] * t[u])
        for u in range(units):
            by_i[u] = d_c[u] * g[u] * i[u] * (ONE - i[u])
        for u in range(units):
            by_f[u] = d_c[u] * c0[u] * f[u] * (ONE - f[u])
        for u in range(units):
            by_g[u] = d_c[u] * i[u] * (ONE - g[u] * g[u])
        for u in range(units):
            by_o[u] = d[u] * t[u] * o[u] * (ONE - o[u])
        for u in range(units):
            d_c[u] *= f[u]


@compiled
def _gru_step(
    gates: Floats32, fed: Floats32, bias: Floats32, states: Floats32, next_states: Floats32, memories: Floats32
) -> None:
    """Take a step: h' = z h + (1 - z) g, where z, r = sigmoid(W x + b + R h + b'), g = tanh(W x + b + r m).

    Keras's order z, r, g; the reset gate acts behind the weights (arXiv:1406.1078v1). m = R h + b' is the memory.
    """
    units = next_states.shape[1]
    second, third = units, 2 * units
    b, b_fed = bias[0], bias[1]
    for jet in range(len(gates)):
        values, more = gates[jet], fed[jet]
        z, r, g, g_fed = values[:second], values[second:third], values[third:], more[third:]
        h0, h, m = states[jet], next_states[jet], memories[jet]
        for u in range(third):
            values[u] = sigmoid(values[u] + more[u] + (b[u] + b_fed[u]))
        for u in range(units):
            m[u] = g_fed[u] + b_fed[third + u]
        for u in range(units):
            g[u] = tanh(g[u] + b[third + u] + r[u] * m[u])
        for u in range(units):
            h[u] = z[u] * h0[u] + (ONE - z[u]) * g[u]


@compiled
def _gru_back(
    gates: Floats32, states: Floats32, memories: Floats32, slopes: Floats32, through: Floats32, along: Floats32,
    by_gates: Floats32, by_fed: Floats32,
) -> None:  # fmt: skip
    """`through` R and `along` z h come gradients from the next step; the latter is made that of this one."""
    units = slopes.shape[1]
    second, third = units, 2 * units
    d = np.empty(units, np.float32)
    for jet in range(len(gates)):
        values, found, found_fed = gates[jet], by_gates[jet], by_fed[jet]
        z, r, g = values[:second], values[second:third], values[third:]
        by_z, by_r, by_g, by_m = found[:second], found[second:third], found[third:], found_fed[third:]
        h0, m, d_h, d_r, d_direct = states[jet], memories[jet], slopes[jet], through[jet], along[jet]
        for u in range(units):
            d[u] = d_h[u] + d_r[u] + d_direct[u]
        for u in range(units):
            by_z[u] = d[u] * (h0[u] - g[u]) * z[u] * (ONE - z[u])
        for u in range(units):
            by_g[u] = d[u] * (ONE - z[u]) * (ONE - g[u] * g[u])
        for u in range(units):
            by_r[u] = by_g[u] * m[u] * r[u] * (ONE - r[u])
        for u in range(third):
            found_fed[u] = found[u]
        for u in range(units):
            by_m[u] = by_g[u] * r[u]
        for u in range(units):
            d_direct[u] = d[u] * z[u]


@compiled
def _add_two(factor: np.float32, values: Floats32, other: np.float32, others: Floats32, total: Floats32) -> None:
    for u in range(len(values)):
        total[u] += factor * values[u] + other * others[u]


@compiled
def add_times(factor: np.float32, values: Floats32, total: Floats32) -> None:
    """Add so many times the values (U,) to the total (U,)."""
    for u in range(len(values)):
        total[u] += factor * values[u]


@compiled
def sigmoids(values: Floats32, more: Floats32, bias: Floats32) -> None:
    """Make values (U,) the sigmoids of the sums of all three."""
    for u in range(len(values)):
        values[u] = sigmoid(values[u] + more[u] + bias[u])


@compiled
def tanhs(values: Floats32, more: Floats32, bias: Floats32) -> None:
    """Make values (U,) the hyperbolic tangents of the sums of all three."""
    for u in range(len(values)):
        values[u] = tanh(values[u] + more[u] + bias[u])
