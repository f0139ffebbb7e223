"""Recurrent layers over packed steps, compiled.

Kernels that call one another share this file: Numba's cache is valid until the file itself changes, whatever happens
to functions in other files.

The loops over units are short and write one array each, since the compiler vectorises no others.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from numba import njit
from threadpoolctl import threadpool_info

from tagwerk.arrays import Floats32, Ints
from tagwerk.compilation import Kernel, cached_njit

compiled = cached_njit(fastmath=True, error_model="numpy")
inlined: Callable[[Kernel], Kernel] = njit(inline="always", fastmath=True, error_model="numpy")

SIMPLE_RNN, LSTM, GRU = range(3)

# With AVX-512, OpenBLAS multiplies matrices with m k n up to a million without copying them first, 25 % faster.
_UNCOPIED = {"SkylakeX", "Cooperlake", "SapphireRapids"}
_COPY_TRANSPOSED = any(library.get("architecture") in _UNCOPIED for library in threadpool_info())
_MAX_UNCOPIED = 1_000_000 if _COPY_TRANSPOSED else 2**62

_NARROW = 16  # up to this many products per output, plain loops are faster than BLAS
BLOCK_ROWS = 128  # rows of gates that stay in a core's cache until the weights' gradients are computed from them

HALF, ONE = np.float32(0.5), np.float32(1)

# tanh(x) = x P(x²) / Q(x²) for |x| < 9, a minimax fit with a relative error of 6e-8; beyond, it is one to 3e-8.
_TANH_LIMIT = np.float32(9)
_P0, _P1, _P2, _P3, _P4, _P5 = (
    np.float32(value)
    for value in (1, 0.1291922628879547, 2.920759609e-3, 9.267404494e-6, -1.278040607e-8, 1.825519076e-11)
)
_Q1, _Q2, _Q3 = (np.float32(value) for value in (0.4625250995159149, 2.376315929e-2, 2.280999324e-4))


@inlined
def tanh(x: Any) -> Any:
    """Return the hyperbolic tangent, within 4e-7."""
    x = min(max(x, -_TANH_LIMIT), _TANH_LIMIT)
    u = x * x
    numerator = ((((_P5 * u + _P4) * u + _P3) * u + _P2) * u + _P1) * u + _P0
    denominator = ((_Q3 * u + _Q2) * u + _Q1) * u + ONE
    return x * numerator / denominator


@inlined
def sigmoid(x: Any) -> Any:
    """Return 1 / (1 + exp(-x)), within 2e-7."""
    return HALF * tanh(HALF * x) + HALF


@inlined
def exp_minus(x: Any) -> Any:
    """Return exp(-x) of x >= 0, within 4e-7: (1 - t) / (1 + t), where t = tanh(x / 2)."""
    x = min(HALF * x, _TANH_LIMIT)
    u = x * x
    numerator = x * (((((_P5 * u + _P4) * u + _P3) * u + _P2) * u + _P1) * u + _P0)
    denominator = ((_Q3 * u + _Q2) * u + _Q1) * u + ONE
    return (denominator - numerator) / (denominator + numerator)


@compiled
def matmul(a: Floats32, b: Floats32, out: Floats32) -> None:
    """Write a b, (m, k) (k, n), into out: a block of rows at a time with BLAS, or in plain loops if k is small."""
    if len(b) <= _NARROW:
        out[...] = 0
        for row in range(len(a)):
            for k in range(0, len(b) - 1, 2):
                _add_two_scaled(a[row, k], b[k], a[row, k + 1], b[k + 1], out[row])
            if len(b) % 2:
                add_scaled(a[row, -1], b[-1], out[row])
        return
    rows = _MAX_UNCOPIED // b.size // 4 * 4 or len(a)
    for start in range(0, len(a), rows):
        np.dot(a[start : start + rows], b, out[start : start + rows])


@compiled
def add_transposed_matmul(a: Floats32, b: Floats32, out: Floats32) -> None:
    """Add aᵀ b, (n, m)ᵀ (n, k), to out."""
    if len(out) <= _NARROW:
        for row in range(0, len(a) - 1, 2):
            for m in range(len(out)):
                _add_two_scaled(a[row, m], b[row], a[row + 1, m], b[row + 1], out[m])
        if len(a) % 2:
            for m in range(len(out)):
                add_scaled(a[-1, m], b[-1], out[m])
        return
    product = np.empty_like(out)
    if _COPY_TRANSPOSED:
        matmul(np.ascontiguousarray(a.T), b, product)
    else:
        np.dot(a.T, b, product)
    for m in range(len(out)):
        add_scaled(ONE, product[m], out[m])


@compiled
def forward(
    cell: int, inputs: Floats32, kernel: Floats32, recurrent: Floats32, bias: Floats32, starts: Ints,
    batch_sizes: Ints, keep_residuals: bool, gates: Floats32, states: Floats32, cell_states: Floats32,
) -> None:  # fmt: skip
    """Write the `tagwerk.packed.layer.Residuals` of a layer over N packed steps (N, F).

    The bias has one or two rows; starts and batch_sizes are those of `tagwerk.packed.packed_steps.Packing`.
    """
    jets = batch_sizes[0]
    h_gates = np.empty((jets, gates.shape[1]), np.float32)
    states[:jets] = 0
    cell_states[:jets] = 0
    before = 0
    for start, count in zip(starts, batch_sizes):  # noqa: B905  # Numba does not know `strict`
        after = jets + start
        values, h_values = gates[start * keep_residuals :][:count], h_gates[:count]
        cell_state, next_cell_state = cell_states[before * keep_residuals :], cell_states[after * keep_residuals :]
        matmul(inputs[start : start + count], kernel, values)
        matmul(states[before : before + count], recurrent, h_values)
        if cell == GRU:
            gru_step(values, h_values, bias, states[before:], states[after:], next_cell_state)
        else:
            for row in range(count):
                add_scaled(ONE, h_values[row], values[row])
            if cell == LSTM:
                lstm_step(values, bias[0], states[after:], cell_state, next_cell_state)
            else:
                simple_step(values, bias[0], states[after:])
        before = after


@compiled
def backward(
    cell: int, inputs: Floats32, grad_states: Floats32, kernel: Floats32, recurrent: Floats32, starts: Ints,
    batch_sizes: Ints, gates: Floats32, states: Floats32, cell_states: Floats32,
    grad_inputs: Floats32, grad_kernel: Floats32, grad_recurrent: Floats32, grad_bias: Floats32,
) -> None:  # fmt: skip
    """Write the gradients of inputs and weights from those of the states after each step, (N, U).

    Kernel and recurrent weights are passed transposed, which is faster than transposing them in each product.
    """
    jets, units = batch_sizes[0], grad_states.shape[1]
    # In blocks of rows that are still in the cache when the weights' gradients are computed from them.
    block = BLOCK_ROWS + jets
    grad_gates = np.empty((block, gates.shape[1]), np.float32)
    grad_h_gates = np.empty_like(grad_gates) if cell == GRU else grad_gates
    input_block, state_block = np.empty((block, inputs.shape[1]), np.float32), np.empty((block, units), np.float32)
    grad_next, grad_carry = np.zeros((jets, units), np.float32), np.zeros((jets, units), np.float32)
    grad_kernel[...] = 0
    grad_recurrent[...] = 0
    grad_bias[...] = 0
    filled = 0
    for step in range(len(batch_sizes) - 1, -1, -1):
        start, count = starts[step], batch_sizes[step]
        end, after, before = start + count, jets + start, jets + starts[step - 1] if step else 0
        here, until = filled, filled + count
        input_block[here:until], state_block[here:until] = inputs[start:end], states[before : before + count]
        grad_state, values, grad_values = grad_states[start:end], gates[start:end], grad_gates[here:until]
        if cell == LSTM:
            lstm_gradient(
                values, cell_states[before:], cell_states[after:], grad_state, grad_next, grad_carry, grad_values
            )
        elif cell == GRU:
            gru_gradient(
                values, state_block[here:], cell_states[after:], grad_state,
                grad_next, grad_carry, grad_values, grad_h_gates[here:],
            )  # fmt: skip
        else:
            simple_gradient(values, grad_state, grad_next, grad_values)
        matmul(grad_values, kernel, grad_inputs[start:end])
        matmul(grad_h_gates[here:until], recurrent, grad_next[:count])
        filled = until
        if filled >= BLOCK_ROWS or step == 0:
            add_transposed_matmul(input_block[:filled], grad_gates[:filled], grad_kernel)
            add_transposed_matmul(state_block[:filled], grad_h_gates[:filled], grad_recurrent)
            for row in range(filled):
                add_scaled(ONE, grad_gates[row], grad_bias[0])
                if len(grad_bias) > 1:
                    add_scaled(ONE, grad_h_gates[row], grad_bias[1])
            filled = 0


@compiled
def simple_step(gates: Floats32, bias: Floats32, states: Floats32) -> None:
    """Take a step: h' = tanh(W x + R h + b), where gates are passed as W x + R h."""
    for jet in range(len(gates)):
        values, h = gates[jet], states[jet]
        for u in range(len(h)):
            values[u] = tanh(values[u] + bias[u])
        for u in range(len(h)):
            h[u] = values[u]


@compiled
def simple_gradient(gates: Floats32, grad_states: Floats32, grad_next: Floats32, grad_gates: Floats32) -> None:
    """Write the gradients of W x + R h + b; the next step's arrive via R in `grad_next`."""
    for jet in range(len(gates)):
        h, d, d_r, grad_values = gates[jet], grad_states[jet], grad_next[jet], grad_gates[jet]
        for u in range(len(h)):
            grad_values[u] = (d[u] + d_r[u]) * (ONE - h[u] * h[u])


@compiled
def lstm_step(
    gates: Floats32, bias: Floats32, states: Floats32, cell_states: Floats32, next_cell_states: Floats32
) -> None:
    """Take a step: c' = f c + i g, h' = o tanh(c'), where i, f, o = sigmoid(W x + R h + b), g = tanh of the same.

    The gates are in Keras's order i, f, g, o, passed as W x + R h.
    """
    units = states.shape[1]
    second, third, fourth = units, 2 * units, 3 * units
    for jet in range(len(gates)):
        values = gates[jet]
        _sigmoids(values[:third], bias[:third])
        for u in range(third, fourth):
            values[u] = tanh(values[u] + bias[u])
        _sigmoids(values[fourth:], bias[fourth:])
        i, f, g, o = values[:second], values[second:third], values[third:fourth], values[fourth:]
        c0, c, h = cell_states[jet], next_cell_states[jet], states[jet]
        for u in range(units):
            c[u] = f[u] * c0[u] + i[u] * g[u]
        for u in range(units):
            h[u] = o[u] * tanh(c[u])


@compiled
def lstm_gradient(
    gates: Floats32, cell_states: Floats32, next_cell_states: Floats32, grad_states: Floats32,
    grad_next: Floats32, grad_carry: Floats32, grad_gates: Floats32,
) -> None:  # fmt: skip
    """The next step's gradients arrive via R in `grad_next`, via c in `grad_carry`, which is updated here."""
    units = grad_states.shape[1]
    second, third, fourth = units, 2 * units, 3 * units
    d, t = np.empty(units, np.float32), np.empty(units, np.float32)
    for jet in range(len(gates)):
        values, grad_values = gates[jet], grad_gates[jet]
        i, f, g, o = values[:second], values[second:third], values[third:fourth], values[fourth:]
        grad_i, grad_f = grad_values[:second], grad_values[second:third]
        grad_g, grad_o = grad_values[third:fourth], grad_values[fourth:]
        c0, c = cell_states[jet], next_cell_states[jet]
        d_h, d_r, d_c = grad_states[jet], grad_next[jet], grad_carry[jet]
        for u in range(units):
            d[u] = d_h[u] + d_r[u]
        for u in range(units):
            t[u] = tanh(c[u])
        for u in range(units):
            d_c[u] += d[u] * o[u] * (ONE - t[u] * t[u])
        for u in range(units):
            grad_i[u] = d_c[u] * g[u] * i[u] * (ONE - i[u])
        for u in range(units):
            grad_f[u] = d_c[u] * c0[u] * f[u] * (ONE - f[u])
        for u in range(units):
            grad_g[u] = d_c[u] * i[u] * (ONE - g[u] * g[u])
        for u in range(units):
            grad_o[u] = d[u] * t[u] * o[u] * (ONE - o[u])
        for u in range(units):
            d_c[u] *= f[u]


@compiled
def gru_step(
    gates: Floats32, h_gates: Floats32, bias: Floats32, states: Floats32, next_states: Floats32, cell_states: Floats32
) -> None:
    """Take a step: h' = z h + (1 - z) g, where z, r = sigmoid(W x + b + R h + b'), g = tanh(W x + b + r m).

    The gates are in Keras's order z, r, g; the reset gate acts after the weights (arXiv:1406.1078v1). m = R h + b' is
    kept as the cell state.
    """
    units = next_states.shape[1]
    second, third = units, 2 * units
    b, b_h = bias[0], bias[1]
    for jet in range(len(gates)):
        values, h_values = gates[jet], h_gates[jet]
        z, r, g, g_h = values[:second], values[second:third], values[third:], h_values[third:]
        h0, h, m = states[jet], next_states[jet], cell_states[jet]
        for u in range(third):
            values[u] = sigmoid(values[u] + h_values[u] + (b[u] + b_h[u]))
        for u in range(units):
            m[u] = g_h[u] + b_h[third + u]
        for u in range(units):
            g[u] = tanh(g[u] + b[third + u] + r[u] * m[u])
        for u in range(units):
            h[u] = z[u] * h0[u] + (ONE - z[u]) * g[u]


@compiled
def gru_gradient(
    gates: Floats32, states: Floats32, cell_states: Floats32, grad_states: Floats32,
    grad_next: Floats32, grad_carry: Floats32, grad_gates: Floats32, grad_h_gates: Floats32,
) -> None:  # fmt: skip
    """The next step's gradients arrive via R in `grad_next`, via z h in `grad_carry`, which is updated here."""
    units = grad_states.shape[1]
    second, third = units, 2 * units
    d = np.empty(units, np.float32)
    for jet in range(len(gates)):
        values, grad_values, grad_h_values = gates[jet], grad_gates[jet], grad_h_gates[jet]
        z, r, g = values[:second], values[second:third], values[third:]
        grad_z, grad_r = grad_values[:second], grad_values[second:third]
        grad_g, grad_m = grad_values[third:], grad_h_values[third:]
        h0, m, d_h, d_r, d_carry = states[jet], cell_states[jet], grad_states[jet], grad_next[jet], grad_carry[jet]
        for u in range(units):
            d[u] = d_h[u] + d_r[u] + d_carry[u]
        for u in range(units):
            grad_z[u] = d[u] * (h0[u] - g[u]) * z[u] * (ONE - z[u])
        for u in range(units):
            grad_g[u] = d[u] * (ONE - z[u]) * (ONE - g[u] * g[u])
        for u in range(units):
            grad_r[u] = grad_g[u] * m[u] * r[u] * (ONE - r[u])
        for u in range(third):
            grad_h_values[u] = grad_values[u]
        for u in range(units):
            grad_m[u] = grad_g[u] * r[u]
        for u in range(units):
            d_carry[u] = d[u] * z[u]


@compiled
def _add_two_scaled(factor: np.float32, values: Floats32, other: np.float32, others: Floats32, total: Floats32) -> None:
    for u in range(len(values)):
        total[u] += factor * values[u] + other * others[u]


@compiled
def add_scaled(factor: np.float32, values: Floats32, total: Floats32) -> None:
    """Add factor times values (U,) to the total (U,)."""
    for u in range(len(values)):
        total[u] += factor * values[u]


@compiled
def _sigmoids(values: Floats32, bias: Floats32) -> None:
    for u in range(len(values)):
        values[u] = sigmoid(values[u] + bias[u])


@compiled
def sigmoids(values: Floats32, addend: Floats32, bias: Floats32) -> None:
    """Set values (U,) to the sigmoids of the sums of all three."""
    for u in range(len(values)):
        values[u] = sigmoid(values[u] + addend[u] + bias[u])


@compiled
def tanhs(values: Floats32, addend: Floats32, bias: Floats32) -> None:
    """Set values (U,) to the hyperbolic tangents of the sums of all three."""
    for u in range(len(values)):
        values[u] = tanh(values[u] + addend[u] + bias[u])
