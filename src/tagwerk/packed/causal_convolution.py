"""Causal convolution of each feature over packed rows, followed by SiLU, compiled."""

import numpy as np

from tagwerk.arrays import Floats32, Ints
from tagwerk.packed.kernels import ONE, sigmoid
from tagwerk.packed.products import add_scaled, compiled


@compiled
def forward(x: Floats32, kernel: Floats32, bias: Floats32, offsets: Ints, out: Floats32) -> None:
    """Write silu(b + Σ_k w_k x_{t-k}) of each row (M, E), over the rows of its own jet.

    Args:
        x: (M, E).
        kernel: w, (K, E).
        bias: b, (E,).
        offsets: the first row of each jet, and the end of the last, (J + 1,).
        out: (M, E).
    """
    for jet in range(len(offsets) - 1):
        for row in range(offsets[jet], offsets[jet + 1]):
            y = out[row]
            _convolve(x[offsets[jet] : row + 1], kernel, bias, y)
            for e in range(len(y)):
                y[e] *= sigmoid(y[e])


@compiled
def backward(
    x: Floats32, kernel: Floats32, bias: Floats32, offsets: Ints, grad_out: Floats32,
    grad_x: Floats32, grad_kernel: Floats32, grad_bias: Floats32,
) -> None:  # fmt: skip
    """Write the gradients of the rows; add those of kernel and bias."""
    d = np.empty_like(bias)
    for jet in range(len(offsets) - 1):
        start = offsets[jet]
        for row in range(start, offsets[jet + 1]):
            _convolve(x[start : row + 1], kernel, bias, d)
            for e in range(len(d)):
                s = sigmoid(d[e])
                d[e] = grad_out[row, e] * s * (ONE + d[e] * (ONE - s))
            grad_x[row] = 0
            for k in range(min(len(kernel), row - start + 1)):
                _add_product(kernel[k], d, grad_x[row - k])
                _add_product(d, x[row - k], grad_kernel[k])
            add_scaled(ONE, d, grad_bias)


@compiled
def _convolve(rows: Floats32, kernel: Floats32, bias: Floats32, out: Floats32) -> None:
    """Write the sum for the last of the rows."""
    out[:] = bias
    for k in range(min(len(kernel), len(rows))):
        _add_product(kernel[k], rows[len(rows) - 1 - k], out)


@compiled
def _add_product(values: Floats32, others: Floats32, total: Floats32) -> None:
    for e in range(len(values)):
        total[e] += values[e] * others[e]
