"""One layer of normalisation, activation and matrix product over many rows, and its gradients, compiled.

n = scale y + shift, z = a(n), y' = z W, where y are the outputs of the layer before. With batch normalisation
(arXiv:1502.03167), scale and shift contain the mean and the variance of y over all rows, so that

    dy = scale (dn - mean(dn) - ŷ mean(dn ŷ)),    ŷ = (y - mean(y)) / std(y).

Rows are processed in blocks that stay in a core's cache.
"""

import numpy as np

from tagwerk.arrays import Floats32, Floats64
from tagwerk.packed.activations import activated, times_derivative
from tagwerk.packed.lanes import LANES, load, store
from tagwerk.packed.operands import Operand, add_weight_gradient, multiply_rows, scratch
from tagwerk.packed.products import compiled

_BLOCK = 256  # rows


@compiled
def add_moments(values: Floats32, sums: Floats64) -> None:
    """Add to sums (2, U) the sums of the values (E, U) and of their squares."""
    block = np.zeros((2, values.shape[1]), np.float32)
    for start in range(0, len(values), _BLOCK):
        _add_block_moments(values[start : start + _BLOCK], block)
        _move(block, sums)


@compiled
def _add_block_moments(values: Floats32, sums: Floats32) -> None:
    for u in range(0, values.shape[1], LANES):
        first, second = load(sums[0], u), load(sums[1], u)
        for row in range(len(values)):
            y = load(values[row], u)
            first, second = first + y, second + y * y
        store(first, sums[0], u)
        store(second, sums[1], u)


@compiled
def _move(block: Floats32, sums: Floats64) -> None:
    """Add the sums of a block in single precision to those in double precision, and set them to zero."""
    for index in range(len(block)):
        part, total = block[index], sums[index]
        for u in range(len(part)):
            total[u] += part[u]
        for u in range(len(part)):
            part[u] = 0


@compiled
def normalise_and_activate(values: Floats32, scale: Floats32, shift: Floats32, activation: int, out: Floats32) -> None:
    """Write z (E, U)."""
    for row in range(len(values)):
        value, target = values[row], out[row]
        for u in range(0, len(value), LANES):
            store(activated(activation, load(value, u) * load(scale, u) + load(shift, u)), target, u)


@compiled
def forward(
    values: Floats32, scale: Floats32, shift: Floats32, activation: int, weights: Operand,
    out: Floats32, sums: Floats64,
) -> None:  # fmt: skip
    """Write y' (E, V) of y (E, U), and add to sums (2, V), if there are any, those of y' and of its squares."""
    z, block_sums = np.empty((_BLOCK, values.shape[1]), np.float32), np.zeros(sums.shape, np.float32)
    memory = scratch(_BLOCK, values.shape[1], weights.pairs.size > 0)
    for start in range(0, len(values), _BLOCK):
        value, target = values[start : start + _BLOCK], out[start : start + _BLOCK]
        normalise_and_activate(value, scale, shift, activation, z[: len(value)])
        multiply_rows(z[: len(value)], weights, memory, False, target)
        if len(sums):
            _add_block_moments(target, block_sums)
            _move(block_sums, sums)


@compiled
def output_gradient(
    values: Floats32, scale: Floats32, shift: Floats32, centre: Floats32, activation: int,
    grad_z: Floats32, sums: Floats64,
) -> None:  # fmt: skip
    """Turn dz (E, U) of the last layer into dn, in place, and add to sums (2, U) those of dn and of dn ŷ."""
    block_sums = np.zeros(sums.shape, np.float32)
    for start in range(0, len(values), _BLOCK):
        value, grad = values[start : start + _BLOCK], grad_z[start : start + _BLOCK]
        _finish_gradient(value, scale, shift, centre, activation, grad, block_sums)
        _move(block_sums, sums)


@compiled
def _finish_gradient(
    values: Floats32, scale: Floats32, shift: Floats32, centre: Floats32, activation: int, grad: Floats32,
    sums: Floats32,
) -> None:  # fmt: skip
    """Turn dz into dn, in place, and add to the sums of dn and of dn ŷ."""
    for u in range(0, values.shape[1], LANES):
        factor, offset, mean, inverse_std = load(scale, u), load(shift, u), load(centre[0], u), load(centre[1], u)
        first, second = load(sums[0], u), load(sums[1], u)
        for row in range(len(values)):
            y = load(values[row], u)
            d = times_derivative(activation, y * factor + offset, load(grad[row], u))
            store(d, grad[row], u)
            first, second = first + d, second + d * ((y - mean) * inverse_std)
        store(first, sums[0], u)
        store(second, sums[1], u)


@compiled
def input_gradient(
    values: Floats32, scale: Floats32, centre: Floats32, means: Floats32, grad_n: Floats32, out: Floats32
) -> None:
    """Write dy (E, U) from dn, where means (2, U) are those of dn and of dn ŷ; zero without batch statistics."""
    for u in range(0, values.shape[1], LANES):
        factor, mean = load(scale, u), load(centre[0], u)
        first, second = load(means[0], u), load(means[1], u) * load(centre[1], u)
        for row in range(len(values)):
            d = load(grad_n[row], u) - first - (load(values[row], u) - mean) * second
            store(factor * d, out[row], u)


@compiled
def backward(
    values: Floats32, scale: Floats32, shift: Floats32, centre: Floats32, activation: int,
    next_values: Floats32, next_scale: Floats32, next_centre: Floats32, means: Floats32, grad_next: Floats32,
    transposed: Operand, grad_n: Floats32, grad_weights: Floats32, sums: Floats64,
) -> None:  # fmt: skip
    """From dn' (E, V) write dn (E, U), and add to the gradients of W (U, V) and to the sums (2, U) of dn and dn ŷ.

    The weights are passed transposed; `means` (2, V) are those of dn' and of dn' ŷ'.
    """
    units = values.shape[1]
    z = np.empty((_BLOCK, units), np.float32)
    grad_y, block_sums = np.empty((_BLOCK, next_values.shape[1]), np.float32), np.zeros(sums.shape, np.float32)
    memory = scratch(_BLOCK, max(units, next_values.shape[1]), transposed.pairs.size > 0)
    for start in range(0, len(values), _BLOCK):
        block = slice(start, start + _BLOCK)
        value, count = values[block], len(values[block])
        input_gradient(next_values[block], next_scale, next_centre, means, grad_next[block], grad_y[:count])
        normalise_and_activate(value, scale, shift, activation, z[:count])
        add_weight_gradient(z[:count], grad_y[:count], memory, grad_weights)
        multiply_rows(grad_y[:count], transposed, memory, False, grad_n[block])
        _finish_gradient(value, scale, shift, centre, activation, grad_n[block], block_sums)
        _move(block_sums, sums)
