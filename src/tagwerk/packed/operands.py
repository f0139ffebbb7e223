"""Weights as right operands of products of many blocks of rows, and the gradients, compiled.

Products are in single precision, or of operands rounded to bfloat16 (`half`) where the processor has tiles.
"""

from typing import NamedTuple

import numpy as np

from tagwerk.arrays import Floats32
from tagwerk.packed.bfloat16 import (  # Numba's cache does not notice changes in other files
    Halves,
    Pairs,
    add_paired_product,
    empty_pairs,
    empty_rows,
    multiply,
    pair_rows,
    paired,
    round_rows,
)
from tagwerk.packed.products import add_panel_matmul, add_transposed_matmul, compiled, in_panels, panel_matmul
from tagwerk.packed.tiles import TILE


class Operand(NamedTuple):
    """A matrix (K, N) as a right operand: panels in single precision, or pairs in bfloat16; the other is empty."""

    panels: Floats32
    pairs: Pairs


class Scratch(NamedTuple):
    """Memory for the left operands of products of a block of rows in bfloat16."""

    rows: Halves
    left: Pairs
    right: Pairs


@compiled
def operand(matrix: Floats32, half: bool) -> Operand:
    """Return a matrix as a right operand."""
    if half:
        return Operand(np.empty(0, np.float32), paired(matrix))
    return Operand(in_panels(matrix), np.empty((0, 0, 0), np.uint32))


@compiled
def scratch(rows: int, columns: int, half: bool) -> Scratch:
    """Return memory for blocks of at most this number of rows and columns."""
    rows, columns = (rows, columns) if half else (0, 0)
    return Scratch(empty_rows(rows, columns), empty_pairs(rows, columns), empty_pairs(rows, columns))


@compiled
def multiply_rows(values: Floats32, right: Operand, memory: Scratch, add: bool, out: Floats32) -> None:
    """Write x W, (M, K) (K, N), to out, or add it."""
    if right.pairs.size:
        round_rows(values, 0, memory.rows)
        multiply(memory.rows, right.pairs, right.pairs.shape[1] // TILE, add, out)
    elif add:
        add_panel_matmul(values, right.panels, out)
    else:
        panel_matmul(values, right.panels, out)


@compiled
def add_weight_gradient(values: Floats32, grad_outputs: Floats32, memory: Scratch, out: Floats32) -> None:
    """Add xᵀ d to the gradient (K, N) of the weights, where d is that of x W."""
    if memory.rows.size:
        pair_rows(values, 0, memory.left)
        pair_rows(grad_outputs, 0, memory.right)
        add_paired_product(
            memory.left[: _panels(values.shape[1])], memory.right[: _panels(grad_outputs.shape[1])],
            (len(values) + 1) // 2, out,
        )  # fmt: skip
    else:
        add_transposed_matmul(values, grad_outputs, out)


@compiled
def _panels(columns: int) -> int:
    return (columns + 2 * TILE - 1) // (2 * TILE) * 2
