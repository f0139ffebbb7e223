"""Layers that act on each row alone, on a block of rows, and their gradients, compiled."""

import numpy as np

from tagwerk.arrays import Floats32
from tagwerk.packed.activations import activate, multiply_by_derivative
from tagwerk.packed.kernels import ONE
from tagwerk.packed.products import add_scaled, add_transposed_matmul, compiled, matmul

_SLOTS = 4  # random numbers of 16 bits from one of 64
_MULTIPLIER, _GOLDEN = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x9E3779B97F4A7C15)
_SHIFT, _MASK = np.uint64(16), np.uint64(0xFFFF)
_FIRST, _SECOND = np.uint64(30), np.uint64(27)


@compiled
def dense(values: Floats32, kernel: Floats32, bias: Floats32, out: Floats32) -> None:
    """Write x W + b, (N, V)."""
    matmul(values, kernel, out)
    for row in range(len(out)):
        add_scaled(ONE, bias, out[row])


@compiled
def dense_gradient(
    values: Floats32, grad_outputs: Floats32, transposed: Floats32, out: Floats32,
    grad_kernel: Floats32, grad_bias: Floats32,
) -> None:  # fmt: skip
    """Write the gradients of x (N, U), and add to those of W and b; W is passed transposed."""
    add_transposed_matmul(values, grad_outputs, grad_kernel)
    for row in range(len(grad_outputs)):
        add_scaled(ONE, grad_outputs[row], grad_bias)
    matmul(grad_outputs, transposed, out)


@compiled
def activation(kind: int, values: Floats32, out: Floats32) -> None:
    """Write a(x)."""
    for row in range(len(values)):
        value, target = values[row], out[row]
        for u in range(len(value)):
            target[u] = value[u]
        activate(kind, target)


@compiled
def activation_gradient(kind: int, values: Floats32, grad_outputs: Floats32, out: Floats32) -> None:
    """Write the gradients of x."""
    for row in range(len(values)):
        grad, target = grad_outputs[row], out[row]
        for u in range(len(grad)):
            target[u] = grad[u]
        multiply_by_derivative(kind, values[row], target)


@compiled
def scale(values: Floats32, factors: Floats32, out: Floats32) -> None:
    """Write x f, (N, U), with one factor per column."""
    for row in range(len(values)):
        value, target = values[row], out[row]
        for u in range(len(value)):
            target[u] = value[u] * factors[u]


@compiled
def add_scale_gradient(values: Floats32, grad_outputs: Floats32, grad_factors: Floats32) -> None:
    """Add to the gradients of the factors."""
    for row in range(len(values)):
        value, grad = values[row], grad_outputs[row]
        for u in range(len(value)):
            grad_factors[u] += value[u] * grad[u]


@compiled
def layer_norm(values: Floats32, gamma: Floats32, beta: Floats32, epsilon: np.float32, out: Floats32) -> None:
    """Write the layer normalisation of each row (arXiv:1607.06450)."""
    for row in range(len(values)):
        value, target = values[row], out[row]
        mean, inverse_std = _moments(value, epsilon)
        for u in range(len(value)):
            target[u] = (value[u] - mean) * inverse_std * gamma[u] + beta[u]


@compiled
def layer_norm_gradient(
    values: Floats32, gamma: Floats32, epsilon: np.float32, grad_outputs: Floats32, out: Floats32,
    grad_gamma: Floats32, grad_beta: Floats32,
) -> None:  # fmt: skip
    """Write the gradients of x, and add to those of γ and β."""
    width = np.float32(values.shape[1])
    normalised = np.empty(values.shape[1], np.float32)
    for row in range(len(values)):
        value, grad, target = values[row], grad_outputs[row], out[row]
        mean, inverse_std = _moments(value, epsilon)
        first, second = np.float32(0), np.float32(0)
        for u in range(len(value)):
            normalised[u] = (value[u] - mean) * inverse_std
        for u in range(len(value)):
            grad_gamma[u] += grad[u] * normalised[u]
        for u in range(len(value)):
            grad_beta[u] += grad[u]
        for u in range(len(value)):
            target[u] = grad[u] * gamma[u]
        for u in range(len(value)):
            first += target[u]
            second += target[u] * normalised[u]
        first /= width
        second /= width
        for u in range(len(value)):
            target[u] = inverse_std * (target[u] - first - normalised[u] * second)


@compiled
def _moments(values: Floats32, epsilon: np.float32) -> tuple[np.float32, np.float32]:
    """Return the mean and 1 / √(variance + ε)."""
    mean, square = np.float32(0), np.float32(0)
    for u in range(len(values)):
        mean += values[u]
    mean /= np.float32(len(values))
    for u in range(len(values)):
        square += (values[u] - mean) * (values[u] - mean)
    return mean, ONE / np.sqrt(square / np.float32(len(values)) + epsilon)


@compiled
def dropout(values: Floats32, rate: float, seed: np.uint64, first: int, out: Floats32) -> None:
    """Write x / (1 - rate), or zero with a probability of `rate`.

    Which values are zero depends on the seed and on their row and column, where `first` is the index of the first row:
    a hash (SplitMix64) is evaluated, so that the backward pass repeats the choice.
    """
    width, scale = values.shape[1], np.float32(1 / (1 - rate))
    threshold = np.uint64(rate * 65536)
    hashes = -(-width // _SLOTS)
    for row in range(len(values)):
        value, target = values[row], out[row]
        for block in range(hashes):
            counter = np.uint64((first + row) * hashes + block + 1)
            bits = seed + counter * _GOLDEN
            bits = (bits ^ (bits >> _FIRST)) * _MULTIPLIER
            bits ^= bits >> _SECOND
            for u in range(block * _SLOTS, min(block * _SLOTS + _SLOTS, width)):
                target[u] = value[u] * scale if (bits & _MASK) >= threshold else np.float32(0)
                bits >>= _SHIFT
