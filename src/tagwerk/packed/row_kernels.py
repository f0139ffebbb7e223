"""Layers that act on each row alone, on a block of rows, and their gradients, compiled."""

import numpy as np

from tagwerk.arrays import Floats32
from tagwerk.packed.activations import activated, times_derivative
from tagwerk.packed.kernels import ONE
from tagwerk.packed.lanes import LANES, load, store, total
from tagwerk.packed.products import compiled

_MIX, _SPREAD = np.uint32(0x7FEB352D), np.uint32(0x846CA68B)  # of the hash "lowbias32"
_STEP = np.uint32(0x9E3779B9)
_HALF_WORD, _SHIFT = np.uint32(16), np.uint32(15)


@compiled
def activation(kind: int, values: Floats32, out: Floats32) -> None:
    """Write a(x)."""
    for row in range(len(values)):
        value, target = values[row], out[row]
        for u in range(0, len(value), LANES):
            store(activated(kind, load(value, u)), target, u)


@compiled
def activation_gradient(kind: int, values: Floats32, grad_outputs: Floats32, out: Floats32) -> None:
    """Write the gradients of x."""
    for row in range(len(values)):
        value, grad, target = values[row], grad_outputs[row], out[row]
        for u in range(0, len(value), LANES):
            store(times_derivative(kind, load(value, u), load(grad, u)), target, u)


@compiled
def scale(values: Floats32, factors: Floats32, out: Floats32) -> None:
    """Write x f, (N, U), with one factor per column."""
    for row in range(len(values)):
        value, target = values[row], out[row]
        for u in range(0, len(value), LANES):
            store(load(value, u) * load(factors, u), target, u)


@compiled
def add_scale_gradient(values: Floats32, grad_outputs: Floats32, grad_factors: Floats32) -> None:
    """Add to the gradients of the factors."""
    for row in range(len(values)):
        value, grad = values[row], grad_outputs[row]
        for u in range(0, len(value), LANES):
            store(load(grad_factors, u) + load(value, u) * load(grad, u), grad_factors, u)


@compiled
def layer_norm(values: Floats32, gamma: Floats32, beta: Floats32, epsilon: np.float32, out: Floats32) -> None:
    """Write the layer normalisation of each row (arXiv:1607.06450)."""
    for row in range(len(values)):
        value, target = values[row], out[row]
        mean, inverse_std = _moments(value, epsilon)
        for u in range(0, len(value), LANES):
            store((load(value, u) - mean) * inverse_std * load(gamma, u) + load(beta, u), target, u)


@compiled
def layer_norm_gradient(
    values: Floats32, gamma: Floats32, epsilon: np.float32, grad_outputs: Floats32, out: Floats32,
    grad_gamma: Floats32, grad_beta: Floats32,
) -> None:  # fmt: skip
    """Write the gradients of x, and add to those of γ and β."""
    share = ONE / np.float32(values.shape[1])
    zeros = np.zeros(LANES, np.float32)
    for row in range(len(values)):
        value, grad, target = values[row], grad_outputs[row], out[row]
        mean, inverse_std = _moments(value, epsilon)
        first, second = load(zeros, 0), load(zeros, 0)
        for u in range(0, len(value), LANES):
            d, normalised = load(grad, u), (load(value, u) - mean) * inverse_std
            store(load(grad_gamma, u) + d * normalised, grad_gamma, u)
            store(load(grad_beta, u) + d, grad_beta, u)
            d = d * load(gamma, u)
            first, second = first + d, second + d * normalised
        of_mean, of_std = total(first) * share, total(second) * share
        for u in range(0, len(value), LANES):
            normalised = (load(value, u) - mean) * inverse_std
            store((load(grad, u) * load(gamma, u) - of_mean - normalised * of_std) * inverse_std, target, u)


@compiled
def _moments(values: Floats32, epsilon: np.float32) -> tuple[np.float32, np.float32]:
    """Return the mean and 1 / √(variance + ε)."""
    share, mean, square = ONE / np.float32(len(values)), np.float32(0), np.float32(0)
    for u in range(len(values)):
        mean += values[u]
    mean *= share
    for u in range(len(values)):
        square += (values[u] - mean) * (values[u] - mean)
    return mean, ONE / np.sqrt(square * share + epsilon)


@compiled
def dropout(values: Floats32, rate: float, seed: np.uint64, first: int, out: Floats32) -> None:
    """Write x / (1 - rate), or zero with a probability of `rate`.

    Which values are zero depends on the seed and on their row and column, where `first` is the index of the first row:
    a hash is evaluated, so that the backward pass repeats the choice.
    """
    scale, threshold = np.float32(1 / (1 - rate)), np.uint32(rate * 2.0**32)
    high, low = np.uint32(seed >> np.uint64(32)), np.uint32(seed & np.uint64(0xFFFFFFFF))
    for row in range(len(values)):
        value, target = values[row], out[row]
        key = np.uint32(_hash(np.uint32(_hash(np.uint32(first + row) ^ high)) ^ low))
        for u in range(len(value)):
            bits = _hash(np.uint32(key + np.uint32(u) * _STEP))
            target[u] = value[u] * scale if bits >= threshold else np.float32(0)


@compiled
def _hash(bits: np.uint32) -> np.uint32:
    """Return pseudo-random bits: Chris Wellons's "lowbias32"."""
    bits = np.uint32((bits ^ (bits >> _HALF_WORD)) * _MIX)
    bits = np.uint32((bits ^ (bits >> _SHIFT)) * _SPREAD)
    return np.uint32(bits ^ (bits >> _HALF_WORD))
