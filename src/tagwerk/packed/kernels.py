"""Recurrent layers over packed steps, compiled.

Kernels that call one another share this file: Numba's cache is valid until the file itself changes, whatever happens
to functions in other files.

The compiler vectorises short loops that write one array each; others use `tagwerk.packed.lanes`.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from numba import njit

from tagwerk.arrays import Floats32, Ints
from tagwerk.compilation import Kernel
from tagwerk.packed.lanes import LANES, load, store
from tagwerk.packed.products import (
    add_panel_matmul,
    add_scaled,
    add_transposed_matmul,
    compiled,
    in_panels,
    panel_matmul,
)

inlined: Callable[[Kernel], Kernel] = njit(inline="always", fastmath=True, error_model="numpy")

SIMPLE_RNN, LSTM, GRU = range(3)

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
def forward(
    cell: int, inputs: Floats32, kernel: Floats32, recurrent: Floats32, bias: Floats32, starts: Ints,
    batch_sizes: Ints, keep_residuals: bool, gates: Floats32, states: Floats32, cell_states: Floats32,
) -> None:  # fmt: skip
    """Write the `tagwerk.packed.layer.Residuals` of a layer over N packed steps (N, F).

    The bias has one or two rows; starts and batch_sizes are those of `tagwerk.packed.packed_steps.Packing`.
    """
    jets = batch_sizes[0]
    h_gates = np.empty((jets if cell == GRU else 0, gates.shape[1]), np.float32)
    kernel_panels, recurrent_panels = in_panels(kernel), in_panels(recurrent)
    states[:jets] = 0
    cell_states[:jets] = 0
    before = 0
    for start, count in zip(starts, batch_sizes):  # noqa: B905  # Numba does not know `strict`
        after = jets + start
        values = gates[start * keep_residuals :][:count]
        cell_state, next_cell_state = cell_states[before * keep_residuals :], cell_states[after * keep_residuals :]
        panel_matmul(inputs[start : start + count], kernel_panels, values)
        if cell == GRU:
            h_values = h_gates[:count]
            panel_matmul(states[before : before + count], recurrent_panels, h_values)
            gru_step(values, h_values, bias, states[before:], states[after:], next_cell_state)
        else:
            add_panel_matmul(states[before : before + count], recurrent_panels, values)
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
    kernel_panels, recurrent_panels = in_panels(kernel), in_panels(recurrent)
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
        panel_matmul(grad_values, kernel_panels, grad_inputs[start:end])
        panel_matmul(grad_h_gates[here:until], recurrent_panels, grad_next[:count])
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
        for u in range(0, len(h), LANES):
            state = tanh(load(values, u) + load(bias, u))
            store(state, values, u)
            store(state, h, u)


@compiled
def simple_gradient(gates: Floats32, grad_states: Floats32, grad_next: Floats32, grad_gates: Floats32) -> None:
    """Write the gradients of W x + R h + b; the next step's arrive via R in `grad_next`."""
    for jet in range(len(gates)):
        for u in range(0, gates.shape[1], LANES):
            h, d = load(gates[jet], u), load(grad_states[jet], u) + load(grad_next[jet], u)
            store(d * (ONE - h * h), grad_gates[jet], u)


@compiled
def lstm_step(
    gates: Floats32, bias: Floats32, states: Floats32, cell_states: Floats32, next_cell_states: Floats32
) -> None:
    """Take a step: c' = f c + i g, h' = o tanh(c'), where i, f, o = sigmoid(W x + R h + b), g = tanh of the same.

    The gates are in Keras's order i, f, g, o, passed as W x + R h.
    """
    units = states.shape[1]
    b_i, b_f, b_g, b_o = _quarters(bias, units)
    for jet in range(len(gates)):
        values_i, values_f, values_g, values_o = _quarters(gates[jet], units)
        cell_state, next_cell_state, state = cell_states[jet], next_cell_states[jet], states[jet]
        for u in range(0, units, LANES):
            i, f = sigmoid(load(values_i, u) + load(b_i, u)), sigmoid(load(values_f, u) + load(b_f, u))
            g, o = tanh(load(values_g, u) + load(b_g, u)), sigmoid(load(values_o, u) + load(b_o, u))
            c = f * load(cell_state, u) + i * g
            store(i, values_i, u)
            store(f, values_f, u)
            store(g, values_g, u)
            store(o, values_o, u)
            store(c, next_cell_state, u)
            store(o * tanh(c), state, u)


@compiled
def lstm_gradient(
    gates: Floats32, cell_states: Floats32, next_cell_states: Floats32, grad_states: Floats32,
    grad_next: Floats32, grad_carry: Floats32, grad_gates: Floats32,
) -> None:  # fmt: skip
    """The next step's gradients arrive via R in `grad_next`, via c in `grad_carry`, which is updated here."""
    units = grad_states.shape[1]
    for jet in range(len(gates)):
        values_i, values_f, values_g, values_o = _quarters(gates[jet], units)
        grad_i, grad_f, grad_g, grad_o = _quarters(grad_gates[jet], units)
        cell_state, next_cell_state, carry = cell_states[jet], next_cell_states[jet], grad_carry[jet]
        grad_state, grad_h = grad_states[jet], grad_next[jet]
        for u in range(0, units, LANES):
            i, f, g, o = load(values_i, u), load(values_f, u), load(values_g, u), load(values_o, u)
            d, t = load(grad_state, u) + load(grad_h, u), tanh(load(next_cell_state, u))
            d_c = load(carry, u) + d * o * (ONE - t * t)
            store(d_c * g * i * (ONE - i), grad_i, u)
            store(d_c * load(cell_state, u) * f * (ONE - f), grad_f, u)
            store(d_c * i * (ONE - g * g), grad_g, u)
            store(d * t * o * (ONE - o), grad_o, u)
            store(d_c * f, carry, u)


@compiled
def _quarters(values: Floats32, units: int) -> tuple[Floats32, Floats32, Floats32, Floats32]:
    second, third, fourth = units, 2 * units, 3 * units
    return values[:second], values[second:third], values[third:fourth], values[fourth:]


@compiled
def gru_step(
    gates: Floats32, h_gates: Floats32, bias: Floats32, states: Floats32, next_states: Floats32, cell_states: Floats32
) -> None:
    """Take a step: h' = z h + (1 - z) g, where z, r = sigmoid(W x + b + R h + b'), g = tanh(W x + b + r m).

    The gates are in Keras's order z, r, g; the reset gate acts after the weights (arXiv:1406.1078v1). m = R h + b' is
    kept as the cell state.
    """
    units = next_states.shape[1]
    b_z, b_r, b_g = _thirds(bias[0], units)
    b_h_z, b_h_r, b_h_g = _thirds(bias[1], units)
    for jet in range(len(gates)):
        values_z, values_r, values_g = _thirds(gates[jet], units)
        h_z, h_r, h_g = _thirds(h_gates[jet], units)
        state, next_state, cell_state = states[jet], next_states[jet], cell_states[jet]
        for u in range(0, units, LANES):
            z = sigmoid(load(values_z, u) + load(h_z, u) + (load(b_z, u) + load(b_h_z, u)))
            r = sigmoid(load(values_r, u) + load(h_r, u) + (load(b_r, u) + load(b_h_r, u)))
            m = load(h_g, u) + load(b_h_g, u)
            g = tanh(load(values_g, u) + load(b_g, u) + r * m)
            store(z, values_z, u)
            store(r, values_r, u)
            store(g, values_g, u)
            store(m, cell_state, u)
            store(z * load(state, u) + (ONE - z) * g, next_state, u)


@compiled
def gru_gradient(
    gates: Floats32, states: Floats32, cell_states: Floats32, grad_states: Floats32,
    grad_next: Floats32, grad_carry: Floats32, grad_gates: Floats32, grad_h_gates: Floats32,
) -> None:  # fmt: skip
    """The next step's gradients arrive via R in `grad_next`, via z h in `grad_carry`, which is updated here."""
    units = grad_states.shape[1]
    for jet in range(len(gates)):
        values_z, values_r, values_g = _thirds(gates[jet], units)
        grad_z, grad_r, grad_g = _thirds(grad_gates[jet], units)
        grad_h_z, grad_h_r, grad_m = _thirds(grad_h_gates[jet], units)
        state, cell_state, carry = states[jet], cell_states[jet], grad_carry[jet]
        grad_state, grad_h = grad_states[jet], grad_next[jet]
        for u in range(0, units, LANES):
            z, r, g = load(values_z, u), load(values_r, u), load(values_g, u)
            d = load(grad_state, u) + load(grad_h, u) + load(carry, u)
            d_z = d * (load(state, u) - g) * z * (ONE - z)
            d_g = d * (ONE - z) * (ONE - g * g)
            d_r = d_g * load(cell_state, u) * r * (ONE - r)
            store(d_z, grad_z, u)
            store(d_z, grad_h_z, u)
            store(d_r, grad_r, u)
            store(d_r, grad_h_r, u)
            store(d_g, grad_g, u)
            store(d_g * r, grad_m, u)
            store(d * z, carry, u)


@compiled
def _thirds(values: Floats32, units: int) -> tuple[Floats32, Floats32, Floats32]:
    return values[:units], values[units : 2 * units], values[2 * units :]


@compiled
def sigmoids(values: Floats32, addend: Floats32, bias: Floats32) -> None:
    """Set values (U,) to the sigmoids of the sums of all three."""
    for u in range(0, len(values), LANES):
        store(sigmoid(load(values, u) + load(addend, u) + load(bias, u)), values, u)


@compiled
def tanhs(values: Floats32, addend: Floats32, bias: Floats32) -> None:
    """Set values (U,) to the hyperbolic tangents of the sums of all three."""
    for u in range(0, len(values), LANES):
        store(tanh(load(values, u) + load(addend, u) + load(bias, u)), values, u)
