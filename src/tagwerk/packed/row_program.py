"""Layers that act on each row alone, one after the other, compiled: the passes of one part of the rows.

A block of rows stays in a core's cache from the first layer to the last. The backward pass computes it again, which is
faster than to write and read the outputs of all layers.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tagwerk.arrays import Floats32, Floats64, Ints
from tagwerk.packed.bfloat16 import Pairs, pair_shape
from tagwerk.packed.kernels import ONE
from tagwerk.packed.operands import (  # Numba's cache does not notice changes in other files
    Operand,
    Scratch,
    add_weight_gradient,
    multiply_rows,
    operand,
    scratch,
)
from tagwerk.packed.products import add_scaled, compiled, copy
from tagwerk.packed.row_kernels import (
    activation,
    activation_gradient,
    add_scale_gradient,
    dropout,
    layer_norm,
    layer_norm_gradient,
    scale,
)

DENSE, NORM, SCALE, DROPOUT, ACTIVATION = range(5)  # the kind of an activation is added to the last

_BLOCK = 128  # rows


class Program(NamedTuple):
    """Layers as arrays.

    Attributes:
        kinds: of the S layers.
        widths: of the inputs of each layer, and of the last outputs, (S + 1,).
        numbers: the rate of a dropout, the ε of a normalisation.
        seeds: of dropouts.
        offsets: of each layer's weights, and the end of the last, (S + 1,).
        weights: of all layers, flat: kernel and bias, γ and β, factors.
        half: whether products are in bfloat16.
    """

    kinds: Ints
    widths: Ints
    numbers: Floats64
    seeds: NDArray[np.uint64]
    offsets: Ints
    weights: Floats32
    half: bool


class Operands(NamedTuple):
    """The right operands of the products of all dense layers, one after the other; starts (S + 1,) in both arrays."""

    panels: Floats32
    panel_starts: Ints
    pairs: Pairs
    pair_starts: Ints


@compiled
def forward(program: Program, values: Floats32, first: int, out: Floats32) -> None:
    """Write the outputs (N, V) of the last layer for rows (N, U), the first of which has this index."""
    last, widest = len(program.kinds) - 1, program.widths.max()
    operands, memory = _operands(program, False), scratch(_BLOCK, widest, program.half)
    buffers = np.empty((2, _BLOCK * widest), np.float32)
    for start in range(0, len(values), _BLOCK):
        rows = min(_BLOCK, len(values) - start)
        x = _copied(values[start : start + rows], buffers[0])
        for step in range(last + 1):
            target = out[start : start + rows] if step == last else _rows(buffers[(step + 1) % 2], rows, program, step)
            _apply(program, step, operands, x, first + start, memory, target)
            x = target


@compiled
def backward(
    program: Program, values: Floats32, grad_outputs: Floats32, first: int, grad_values: Floats32,
    grad_weights: Floats32,
) -> None:  # fmt: skip
    """Write the gradients of rows (N, U) from those of the outputs (N, V), and add to those of the weights."""
    last, widest = len(program.kinds) - 1, program.widths.max()
    operands, transposed = _operands(program, False), _operands(program, True)
    memory = scratch(_BLOCK, widest, program.half)
    inputs, grads = np.empty((last + 1, _BLOCK * widest), np.float32), np.empty((2, _BLOCK * widest), np.float32)
    for start in range(0, len(values), _BLOCK):
        rows = min(_BLOCK, len(values) - start)
        x = _copied(values[start : start + rows], inputs[0])
        for step in range(last):
            target = _rows(inputs[step + 1], rows, program, step)
            _apply(program, step, operands, x, first + start, memory, target)
            x = target
        grad = _copied(grad_outputs[start : start + rows], grads[last % 2])
        for step in range(last, -1, -1):
            x = _rows(inputs[step], rows, program, step - 1)
            target = (
                grad_values[start : start + rows]
                if step == 0
                else _rows(grads[(step + 1) % 2], rows, program, step - 1)
            )
            _apply_gradient(program, step, transposed, x, grad, first + start, memory, target, grad_weights)
            grad = target


@compiled
def _copied(values: Floats32, buffer: Floats32) -> Floats32:
    rows, width = values.shape
    copied = buffer[: rows * width].reshape(rows, width)
    for row in range(rows):
        copy(values[row], copied[row])
    return copied


@compiled
def _rows(buffer: Floats32, rows: int, program: Program, step: int) -> Floats32:
    """Return the part of a buffer for the outputs of a layer."""
    width = program.widths[step + 1]
    return buffer[: rows * width].reshape(rows, width)


@compiled
def _apply(
    program: Program, step: int, operands: Operands, x: Floats32, first: int, memory: Scratch, out: Floats32
) -> None:
    """Write the outputs of a layer."""
    kind, weights, width = program.kinds[step], _weights(program.weights, program, step), x.shape[1]
    if kind == DENSE:
        bias = weights[width * out.shape[1] :]
        for row in range(len(out)):
            copy(bias, out[row])
        multiply_rows(x, _operand(operands, step, width, out.shape[1], program.half), memory, True, out)
    elif kind == NORM:
        layer_norm(x, weights[:width], weights[width:], np.float32(program.numbers[step]), out)
    elif kind == SCALE:
        scale(x, weights, out)
    elif kind == DROPOUT:
        dropout(x, program.numbers[step], program.seeds[step], first, out)
    else:
        activation(kind - ACTIVATION, x, out)


@compiled
def _apply_gradient(
    program: Program, step: int, transposed: Operands, x: Floats32, grad: Floats32, first: int, memory: Scratch,
    out: Floats32, grad_weights: Floats32,
) -> None:  # fmt: skip
    """Write the gradients of the inputs of a layer, and add to those of its weights."""
    kind, weights, grads = (
        program.kinds[step],
        _weights(program.weights, program, step),
        _weights(grad_weights, program, step),
    )
    width = x.shape[1]
    if kind == DENSE:
        columns = grad.shape[1]
        add_weight_gradient(x, grad, memory, grads[: width * columns].reshape(width, columns))
        for row in range(len(grad)):
            add_scaled(ONE, grad[row], grads[width * columns :])
        multiply_rows(grad, _operand(transposed, step, columns, width, program.half), memory, False, out)
    elif kind == NORM:
        epsilon = np.float32(program.numbers[step])
        layer_norm_gradient(x, weights[:width], epsilon, grad, out, grads[:width], grads[width:])
    elif kind == SCALE:
        add_scale_gradient(x, grad, grads)
        scale(grad, weights, out)
    elif kind == DROPOUT:
        dropout(grad, program.numbers[step], program.seeds[step], first, out)
    else:
        activation_gradient(kind - ACTIVATION, x, grad, out)


@compiled
def _weights(weights: Floats32, program: Program, step: int) -> Floats32:
    return weights[program.offsets[step] : program.offsets[step + 1]]


@compiled
def _operands(program: Program, transpose: bool) -> Operands:
    """Return the kernels of all dense layers, transposed or not, as right operands."""
    steps = len(program.kinds)
    panels, pairs = np.empty(0, np.float32), np.empty(0, np.uint32)
    panel_starts, pair_starts = np.zeros(steps + 1, np.int64), np.zeros(steps + 1, np.int64)
    for step in range(steps):
        if program.kinds[step] == DENSE:
            shape = program.widths[step], program.widths[step + 1]
            kernel = _weights(program.weights, program, step)[: shape[0] * shape[1]].reshape(shape)
            right = operand(np.ascontiguousarray(kernel.T) if transpose else kernel, program.half)
            panels, pairs = np.concatenate((panels, right.panels)), np.concatenate((pairs, right.pairs.ravel()))
        panel_starts[step + 1], pair_starts[step + 1] = panels.size, pairs.size
    return Operands(panels, panel_starts, pairs, pair_starts)


@compiled
def _operand(operands: Operands, step: int, rows: int, columns: int, half: bool) -> Operand:
    """Return the right operand (rows, columns) of a layer."""
    pairs = operands.pairs[operands.pair_starts[step] : operands.pair_starts[step + 1]]
    shape = pair_shape(rows, columns) if half else (0, 0, pairs.size)
    return Operand(operands.panels[operands.panel_starts[step] : operands.panel_starts[step + 1]], pairs.reshape(shape))
