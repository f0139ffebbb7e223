"""Recurrent layers over packed steps, as in `kernels`, with the operands of all products rounded to bfloat16, compiled.

Sums, gates, states and the gradients of the weights are in single precision.
"""

import numpy as np

from tagwerk.arrays import Floats32, Ints
from tagwerk.packed.bfloat16 import (  # Numba's cache does not notice changes in other files
    add_paired_product,
    empty_pairs,
    empty_rows,
    multiply,
    pair_rounded,
    pair_rows,
    paired,
    round_rows,
    steps,
)
from tagwerk.packed.kernels import (
    GRU,
    LSTM,
    ONE,
    gru_gradient,
    gru_step,
    lstm_gradient,
    lstm_step,
    simple_gradient,
    simple_step,
)
from tagwerk.packed.products import add_scaled, compiled
from tagwerk.packed.tiles import TILE

_BLOCK_ROWS = 512  # of gates, from which the weights' gradients are computed at once


@compiled
def forward(
    cell: int, inputs: Floats32, kernel: Floats32, recurrent: Floats32, bias: Floats32, starts: Ints,
    batch_sizes: Ints, keep_residuals: bool, gates: Floats32, states: Floats32, cell_states: Floats32,
) -> None:  # fmt: skip
    """Write the `tagwerk.packed.layer.Residuals` of a layer over N packed steps (N, F), as `kernels.forward`."""
    jets = batch_sizes[0]
    x_steps, h_steps = steps(len(kernel)), steps(len(recurrent))
    x_columns = x_steps * 2 * TILE
    rows = empty_rows(jets, x_columns + len(recurrent))  # x, then h
    together = np.zeros((x_columns + len(recurrent), kernel.shape[1]), np.float32)
    together[: len(kernel)] = kernel
    together[x_columns:] = recurrent
    x_weights, h_weights = paired(together[:x_columns]), paired(recurrent)
    weights = paired(together)
    h_gates = np.empty((jets if cell == GRU else 0, gates.shape[1]), np.float32)
    states[:jets] = 0
    cell_states[:jets] = 0
    before = 0
    for start, count in zip(starts, batch_sizes):  # noqa: B905  # Numba does not know `strict`
        after = jets + start
        values = gates[start * keep_residuals :][:count]
        cell_state, next_cell_state = cell_states[before * keep_residuals :], cell_states[after * keep_residuals :]
        round_rows(inputs[start : start + count], 0, rows)
        round_rows(states[before : before + count], x_columns, rows)
        if cell == GRU:
            multiply(rows, x_weights, x_steps, False, values)
            multiply(rows[:, x_columns:], h_weights, h_steps, False, h_gates[:count])
            gru_step(values, h_gates, bias, states[before:], states[after:], next_cell_state)
        else:
            multiply(rows, weights, x_steps + h_steps, False, values)
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
    """Write the gradients of inputs and weights, as `kernels.backward`; the weights are passed transposed."""
    jets, units, width = batch_sizes[0], grad_states.shape[1], gates.shape[1]
    weights, recurrent_weights = paired(kernel), paired(recurrent)
    grad_gates = np.empty((jets, width), np.float32)
    grad_h_gates = np.empty((jets, width), np.float32) if cell == GRU else grad_gates
    rows = empty_rows(jets, width)
    h_rows = empty_rows(jets, width) if cell == GRU else rows
    grad_next, grad_carry = np.zeros((jets, units), np.float32), np.zeros((jets, units), np.float32)
    block = _BLOCK_ROWS + jets + 1
    x_pairs, h_pairs = empty_pairs(block, inputs.shape[1]), empty_pairs(block, units)
    grad_pairs = empty_pairs(block, width)
    grad_h_pairs = empty_pairs(block, width) if cell == GRU else grad_pairs
    grad_kernel[...] = 0
    grad_recurrent[...] = 0
    grad_bias[...] = 0
    filled = 0  # pairs of rows
    for step in range(len(batch_sizes) - 1, -1, -1):
        start, count = starts[step], batch_sizes[step]
        end, after, before = start + count, jets + start, jets + starts[step - 1] if step else 0
        grad_state, values, grad_values, grad_h_values = (
            grad_states[start:end], gates[start:end], grad_gates[:count], grad_h_gates[:count],
        )  # fmt: skip
        if cell == LSTM:
            lstm_gradient(
                values, cell_states[before:], cell_states[after:], grad_state, grad_next, grad_carry, grad_values
            )
        elif cell == GRU:
            gru_gradient(
                values, states[before:], cell_states[after:], grad_state,
                grad_next, grad_carry, grad_values, grad_h_values,
            )  # fmt: skip
        else:
            simple_gradient(values, grad_state, grad_next, grad_values)
        round_rows(grad_values, 0, rows)
        pair_rounded(rows, count, width, filled, grad_pairs)
        if cell == GRU:
            round_rows(grad_h_values, 0, h_rows)
            pair_rounded(h_rows, count, width, filled, grad_h_pairs)
        multiply(rows, weights, steps(width), False, grad_inputs[start:end])
        multiply(h_rows, recurrent_weights, steps(width), False, grad_next[:count])
        pair_rows(inputs[start:end], filled, x_pairs)
        pair_rows(states[before : before + count], filled, h_pairs)
        for row in range(count):
            add_scaled(ONE, grad_values[row], grad_bias[0])
            if len(grad_bias) > 1:
                add_scaled(ONE, grad_h_values[row], grad_bias[1])
        filled += (count + 1) // 2
        if 2 * filled >= _BLOCK_ROWS or step == 0:
            add_paired_product(x_pairs, grad_pairs, filled, grad_kernel)
            add_paired_product(h_pairs, grad_h_pairs, filled, grad_recurrent)
            filled = 0
