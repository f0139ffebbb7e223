"""The scan of a selective state-space model over packed rows, with its gate, compiled (arXiv:2312.00752, algorithm 2).

The rows of each jet follow one another, so that its states stay in the cache. The backward pass computes them again:
all of them would take N times the memory of the outputs.
"""

from typing import Any

import numpy as np

from tagwerk.arrays import Floats32, Ints
from tagwerk.packed.kernels import ONE, exp_minus, inlined, sigmoid
from tagwerk.packed.products import add_scaled, compiled

_ZERO, _TWO = np.float32(0), np.float32(2)
# log(1 + t) = 2 artanh(s) with s = t / (2 + t), and artanh(s) = s + s³ / 3 + s⁵ / 5 + ...
_S3, _S5, _S7, _S9, _S11 = (np.float32(1 / power) for power in (3, 5, 7, 9, 11))


@compiled
def forward(
    x: Floats32, gate: Floats32, projected: Floats32, delta_kernel: Floats32, delta_bias: Floats32,
    rates: Floats32, skip: Floats32, offsets: Ints, out: Floats32,
) -> None:  # fmt: skip
    """Write silu(gate) (c · h + skip x) of each row, where h' = exp(-delta rates) h + delta x b, from zero in each jet.

    Args:
        x: (M, E).
        gate: (M, E).
        projected: (M, R + 2 N), of which the first R give delta = softplus(W · + delta_bias), the others are b and c.
        delta_kernel: W, (R, E).
        delta_bias: (E,).
        rates: the negative of the diagonal matrix A, (N, E).
        skip: D, (E,).
        offsets: the first row of each jet, and the end of the last, (J + 1,).
        out: (M, E).
    """
    rank, inner = delta_kernel.shape
    states, factors = np.empty_like(rates), np.empty_like(rates)
    delta, product = np.empty(inner, np.float32), np.empty(inner, np.float32)
    for jet in range(len(offsets) - 1):
        states[...] = 0
        for row in range(offsets[jet], offsets[jet + 1]):
            y = out[row]
            _delta(projected[row], delta_kernel, delta_bias, delta)
            _step(x[row], delta, projected[row, rank:], rates, states, factors, product, states)
            _output(x[row], projected[row, rank + len(rates) :], skip, states, y)
            for e in range(inner):
                y[e] *= gate[row, e] * sigmoid(gate[row, e])


@compiled
def backward(
    x: Floats32, gate: Floats32, projected: Floats32, delta_kernel: Floats32, delta_bias: Floats32,
    rates: Floats32, skip: Floats32, offsets: Ints, grad_out: Floats32, grad_x: Floats32, grad_gate: Floats32,
    grad_projected: Floats32, grad_delta_kernel: Floats32, grad_delta_bias: Floats32, grad_rates: Floats32,
    grad_skip: Floats32,
) -> None:  # fmt: skip
    """Write the gradients of the rows; add those of the weights."""
    rank, inner = delta_kernel.shape
    length = 0
    for jet in range(len(offsets) - 1):
        length = max(length, offsets[jet + 1] - offsets[jet])
    states = np.zeros((length + 1, len(rates), inner), np.float32)
    factors = np.empty((length, len(rates), inner), np.float32)
    deltas, products = np.empty((length, inner), np.float32), np.empty((length, inner), np.float32)
    carry = np.empty_like(rates)
    # Not unpacked from one array, whose rows may alias one another to the compiler: three times slower.
    y, d_y = np.empty(inner, np.float32), np.empty(inner, np.float32)
    d_product, d_delta = np.empty(inner, np.float32), np.empty(inner, np.float32)
    for jet in range(len(offsets) - 1):
        start, count = offsets[jet], offsets[jet + 1] - offsets[jet]
        for t in range(count):
            row = start + t
            _delta(projected[row], delta_kernel, delta_bias, deltas[t])
            _step(x[row], deltas[t], projected[row, rank:], rates, states[t], factors[t], products[t], states[t + 1])
        carry[...] = 0
        for t in range(count - 1, -1, -1):
            row = start + t
            _output(x[row], projected[row, rank + len(rates) :], skip, states[t + 1], y)
            _gate_gradient(gate[row], y, grad_out[row], grad_gate[row], d_y)
            _step_gradient(
                projected[row, rank:], rates, states[t], factors[t], deltas[t], products[t], states[t + 1], d_y, carry,
                d_product, d_delta, grad_projected[row, rank:], grad_rates,
            )  # fmt: skip
            _input_gradient(x[row], deltas[t], skip, d_y, d_product, d_delta, grad_x[row], grad_skip)
            for r in range(rank):
                grad_projected[row, r] = _dot(d_delta, delta_kernel[r])
                add_scaled(projected[row, r], d_delta, grad_delta_kernel[r])
            add_scaled(ONE, d_delta, grad_delta_bias)


@inlined
def _softplus(x: Any) -> Any:
    """Return log(1 + exp(x))."""
    t = exp_minus(abs(x))
    s = t / (_TWO + t)
    u = s * s
    return max(x, _ZERO) + _TWO * s * (((((_S11 * u + _S9) * u + _S7) * u + _S5) * u + _S3) * u + ONE)


@compiled
def _delta(projected: Floats32, kernel: Floats32, bias: Floats32, delta: Floats32) -> None:
    delta[:] = bias
    for r in range(len(kernel)):
        add_scaled(projected[r], kernel[r], delta)
    for e in range(len(delta)):
        delta[e] = _softplus(delta[e])


@compiled
def _step(
    x: Floats32, delta: Floats32, b: Floats32, rates: Floats32, states: Floats32,
    factors: Floats32, product: Floats32, next_states: Floats32,
) -> None:  # fmt: skip
    """Write exp(-delta rates), delta x, and the next states."""
    for e in range(len(x)):
        product[e] = delta[e] * x[e]
    for n in range(len(rates)):
        rate, factor, state, next_state, b_n = rates[n], factors[n], states[n], next_states[n], b[n]
        for e in range(len(x)):
            factor[e] = exp_minus(delta[e] * rate[e])
        for e in range(len(x)):
            next_state[e] = factor[e] * state[e] + b_n * product[e]


@compiled
def _output(x: Floats32, c: Floats32, skip: Floats32, states: Floats32, y: Floats32) -> None:
    """Write c · h + skip x."""
    for e in range(len(y)):
        y[e] = skip[e] * x[e]
    for n in range(len(states)):
        add_scaled(c[n], states[n], y)


@compiled
def _gate_gradient(gate: Floats32, y: Floats32, grad_out: Floats32, grad_gate: Floats32, grad_y: Floats32) -> None:
    for e in range(len(y)):
        s = sigmoid(gate[e])
        grad_gate[e] = grad_out[e] * y[e] * s * (ONE + gate[e] * (ONE - s))
    for e in range(len(y)):
        grad_y[e] = grad_out[e] * gate[e] * sigmoid(gate[e])


@compiled
def _step_gradient(
    bc: Floats32, rates: Floats32, states: Floats32, factors: Floats32, delta: Floats32, product: Floats32,
    next_states: Floats32, grad_y: Floats32, carry: Floats32,
    grad_product: Floats32, grad_delta: Floats32, grad_bc: Floats32, grad_rates: Floats32,
) -> None:  # fmt: skip
    """The next step's gradients arrive in `carry`, which is updated here; b and c are the halves of `bc`."""
    count, grad_exponent = len(rates), np.empty(len(delta), np.float32)
    grad_product[:] = 0
    grad_delta[:] = 0
    for n in range(count):
        d, factor, state = carry[n], factors[n], states[n]
        add_scaled(bc[count + n], grad_y, d)
        grad_bc[n] = _dot(d, product)
        grad_bc[count + n] = _dot(grad_y, next_states[n])
        add_scaled(bc[n], d, grad_product)
        for e in range(len(d)):
            d[e] *= factor[e]
        for e in range(len(d)):
            grad_exponent[e] = d[e] * state[e]
        _subtract_product(grad_exponent, rates[n], grad_delta)
        _subtract_product(grad_exponent, delta, grad_rates[n])


@compiled
def _input_gradient(
    x: Floats32, delta: Floats32, skip: Floats32, grad_y: Floats32, grad_product: Floats32, grad_delta: Floats32,
    grad_x: Floats32, grad_skip: Floats32,
) -> None:  # fmt: skip
    """Write the gradient of x; turn that of delta into that of softplus's argument, by a factor 1 - exp(-delta)."""
    for e in range(len(x)):
        grad_x[e] = grad_product[e] * delta[e] + grad_y[e] * skip[e]
    for e in range(len(x)):
        grad_delta[e] = (grad_delta[e] + grad_product[e] * x[e]) * (ONE - exp_minus(delta[e]))
    for e in range(len(x)):
        grad_skip[e] += grad_y[e] * x[e]


@compiled
def _dot(values: Floats32, others: Floats32) -> np.float32:
    total = _ZERO
    for e in range(len(values)):
        total += values[e] * others[e]
    return total


@compiled
def _subtract_product(values: Floats32, others: Floats32, total: Floats32) -> None:
    for e in range(len(values)):
        total[e] -= values[e] * others[e]
