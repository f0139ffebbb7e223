"""Recurrent layers over packed steps whose gates depend on the inputs only, compiled (arXiv:2410.01201).

Their states are h' = f h + (1 - f) g, unit by unit: no step waits for a product with the state before, and one product
serves the inputs of several steps.
"""

from typing import Any

import numpy as np

from tagwerk.arrays import Floats32, Ints
from tagwerk.packed.kernels import BLOCK_ROWS, HALF, ONE, exp_minus, inlined, sigmoid
from tagwerk.packed.products import add_scaled, add_transposed_matmul, compiled, matmul

MIN_GRU, MIN_LSTM = range(2)

_ZERO = np.float32(0)


@compiled
def forward(
    cell: int, inputs: Floats32, kernel: Floats32, bias: Floats32, starts: Ints, batch_sizes: Ints,
    keep_residuals: bool, gates: Floats32, states: Floats32, forget_gates: Floats32,
) -> None:  # fmt: skip
    """Write the `tagwerk.packed.layer.Residuals` of a layer over N packed steps (N, F), as `kernels.forward`."""
    jets = batch_sizes[0]
    states[:jets] = 0
    blocks = _blocks(starts, batch_sizes)
    block_gates = gates if keep_residuals else np.empty((BLOCK_ROWS + jets, gates.shape[1]), np.float32)
    for index in range(len(blocks) - 1):
        start, end = _rows(starts, batch_sizes, blocks[index], blocks[index + 1])
        values = block_gates[start * keep_residuals :][: end - start]
        matmul(inputs[start:end], kernel, values)
        for step in range(blocks[index], blocks[index + 1]):
            row, count = starts[step], batch_sizes[step]
            before, after = jets + starts[step - 1] if step else 0, jets + row
            step_gates = values[row - start :][:count]
            if cell == MIN_LSTM:
                f = forget_gates[after * keep_residuals :]
                _min_lstm_step(step_gates, bias[0], states[before:], states[after:], f)
            else:
                _min_gru_step(step_gates, bias[0], states[before:], states[after:])


@compiled
def backward(
    cell: int, inputs: Floats32, grad_states: Floats32, kernel: Floats32, starts: Ints, batch_sizes: Ints,
    gates: Floats32, states: Floats32, forget_gates: Floats32,
    grad_inputs: Floats32, grad_kernel: Floats32, grad_bias: Floats32,
) -> None:  # fmt: skip
    """Write the gradients of inputs and weights, as `kernels.backward`; the kernel is passed transposed."""
    jets = batch_sizes[0]
    blocks = _blocks(starts, batch_sizes)
    grad_gates = np.empty((BLOCK_ROWS + jets, gates.shape[1]), np.float32)
    carry = np.zeros((jets, grad_states.shape[1]), np.float32)
    grad_kernel[...] = 0
    grad_bias[...] = 0
    for index in range(len(blocks) - 2, -1, -1):
        start, end = _rows(starts, batch_sizes, blocks[index], blocks[index + 1])
        for step in range(blocks[index + 1] - 1, blocks[index] - 1, -1):
            row, count = starts[step], batch_sizes[step]
            before, after = jets + starts[step - 1] if step else 0, jets + row
            values, grad_state, grad_values = gates[row:][:count], grad_states[row:], grad_gates[row - start :]
            if cell == MIN_LSTM:
                _min_lstm_gradient(values, states[before:], forget_gates[after:], grad_state, carry, grad_values)
            else:
                _min_gru_gradient(values, states[before:], grad_state, carry, grad_values)
        block_gradients = grad_gates[: end - start]
        matmul(block_gradients, kernel, grad_inputs[start:end])
        add_transposed_matmul(inputs[start:end], block_gradients, grad_kernel)
        for row in range(end - start):
            add_scaled(ONE, grad_gates[row], grad_bias[0])


@compiled
def _blocks(starts: Ints, batch_sizes: Ints) -> Ints:
    """Return the first step of each block of whole steps, and the number of steps.

    A block has at most `BLOCK_ROWS` rows, or a single step.
    """
    blocks = np.empty(len(starts) + 1, np.int64)
    blocks[0] = count = 0
    for step in range(len(starts)):
        _, end = _rows(starts, batch_sizes, blocks[count], step + 1)
        if end - starts[blocks[count]] > BLOCK_ROWS and step > blocks[count]:
            count += 1
            blocks[count] = step
    blocks[count + 1] = len(starts)
    return blocks[: count + 2]


@compiled
def _rows(starts: Ints, batch_sizes: Ints, first: int, stop: int) -> tuple[int, int]:
    """Return where the rows of these steps start and end."""
    return starts[first], starts[stop - 1] + batch_sizes[stop - 1]


@inlined
def _positive(x: Any) -> Any:
    """Return g(x) = x + 0.5 for x >= 0, sigmoid(x) otherwise (arXiv:2410.01201, appendix B)."""
    return max(x, _ZERO) + sigmoid(min(x, _ZERO))


@inlined
def _positive_gradient(g: Any) -> Any:
    """Return the derivative of g where its value is g."""
    return ONE if g >= HALF else g * (ONE - g)


@compiled
def _min_gru_step(gates: Floats32, bias: Floats32, states: Floats32, next_states: Floats32) -> None:
    """Take a step: h' = (1 - z) h + z g, where z = sigmoid(W x + b), g = g(W x + b), in this order."""
    units = next_states.shape[1]
    for jet in range(len(gates)):
        z, g, h0, h = gates[jet, :units], gates[jet, units:], states[jet], next_states[jet]
        for u in range(units):
            z[u] = sigmoid(z[u] + bias[u])
        for u in range(units):
            g[u] = _positive(g[u] + bias[units + u])
        for u in range(units):
            h[u] = h0[u] + z[u] * (g[u] - h0[u])


@compiled
def _min_gru_gradient(
    gates: Floats32, states: Floats32, grad_states: Floats32, carry: Floats32, grad_gates: Floats32
) -> None:
    """The next step's gradients arrive in `carry`, which is updated here."""
    units = grad_states.shape[1]
    for jet in range(len(gates)):
        z, g, h0, d_h, d = gates[jet, :units], gates[jet, units:], states[jet], grad_states[jet], carry[jet]
        grad_z, grad_g = grad_gates[jet, :units], grad_gates[jet, units:]
        for u in range(units):
            d[u] += d_h[u]
        for u in range(units):
            grad_z[u] = d[u] * (g[u] - h0[u]) * z[u] * (ONE - z[u])
        for u in range(units):
            grad_g[u] = d[u] * z[u] * _positive_gradient(g[u])
        for u in range(units):
            d[u] *= ONE - z[u]


@compiled
def _min_lstm_step(
    gates: Floats32, bias: Floats32, states: Floats32, next_states: Floats32, forget_gates: Floats32
) -> None:
    """Take a step: h' = f' h + i' g, where f' = f / (f + i), i' = 1 - f', f, i = sigmoid(W x + b), g = g(W x + b).

    The gates are in the order f, i, g; f' is kept as the cell state.
    """
    units = next_states.shape[1]
    second, third = units, 2 * units
    for jet in range(len(gates)):
        values, h0, h, f = gates[jet], states[jet], next_states[jet], forget_gates[jet]
        i, g = values[second:third], values[third:]
        for u in range(units):
            f[u] = _share(values[u] + bias[u], i[u] + bias[second + u])
        for u in range(third):
            values[u] = sigmoid(values[u] + bias[u])
        for u in range(units):
            g[u] = _positive(g[u] + bias[third + u])
        for u in range(units):
            h[u] = g[u] + f[u] * (h0[u] - g[u])


@inlined
def _share(x: Any, y: Any) -> Any:
    """Return sigmoid(x) / (sigmoid(x) + sigmoid(y)), also where both vanish: all terms are divided by the largest."""
    m = min(min(x, y), _ZERO)
    one, p, q = exp_minus(-m), exp_minus(x - m), exp_minus(y - m)
    return (one + q) / (one + one + p + q)


@compiled
def _min_lstm_gradient(
    gates: Floats32, states: Floats32, forget_gates: Floats32, grad_states: Floats32,
    carry: Floats32, grad_gates: Floats32,
) -> None:  # fmt: skip
    """The next step's gradients arrive in `carry`, which is updated here."""
    units = grad_states.shape[1]
    second, third = units, 2 * units
    grad_log_ratio = np.empty(units, np.float32)
    for jet in range(len(gates)):
        values, grad_values, h0, f = gates[jet], grad_gates[jet], states[jet], forget_gates[jet]
        i, g, d_h, d = values[second:third], values[third:], grad_states[jet], carry[jet]
        grad_i, grad_g = grad_values[second:third], grad_values[third:]
        for u in range(units):
            d[u] += d_h[u]
        for u in range(units):  # f' = sigmoid(log f - log i)
            grad_log_ratio[u] = d[u] * (h0[u] - g[u]) * f[u] * (ONE - f[u])
        for u in range(units):
            grad_values[u] = grad_log_ratio[u] * (ONE - values[u])
        for u in range(units):
            grad_i[u] = -grad_log_ratio[u] * (ONE - i[u])
        for u in range(units):
            grad_g[u] = d[u] * (ONE - f[u]) * _positive_gradient(g[u])
        for u in range(units):
            d[u] *= f[u]
