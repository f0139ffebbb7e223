"""Products of matrices whose operands are rounded to bfloat16, summed in single precision, compiled.

The left operand has rows of bfloat16, the right one panels of 16 columns, in which pairs of rows are next to each other
in a word of 32 bits: what the processor's tiles hold.
"""

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from tagwerk.arrays import Floats32
from tagwerk.packed.lanes import LANES, load, store_bfloat16, store_bfloat16_pairs
from tagwerk.packed.products import compiled
from tagwerk.packed.tiles import (
    BLOCK,
    CONFIGURATIONS,
    TILE,
    add_one,
    add_two,
    configure,
    release,
    transpose,
    write_one,
    write_two,
)

Halves: TypeAlias = NDArray[np.uint16]
Pairs: TypeAlias = NDArray[np.uint32]

_SHIFT = np.uint32(16)
_STEP = 2 * TILE  # columns of the left operand that one instruction sums over
_SPACING = 32  # further columns, since rows a power of two apart compete for the same places of the cache


@compiled
def empty_rows(rows: int, columns: int) -> Halves:
    """Return rows of bfloat16 for `multiply`, zero where `round_rows` does not write."""
    return np.zeros((_up(rows, BLOCK), _up(columns, 2 * TILE) + _SPACING), np.uint16)


@compiled
def pair_shape(rows: int, columns: int) -> tuple[int, int, int]:
    """Return the shape of the panels of a matrix."""
    return _up(columns, BLOCK) // TILE, _up(rows, 2 * TILE) // 2, TILE


@compiled
def empty_pairs(rows: int, columns: int) -> Pairs:
    """Return panels for `multiply`, zero where `pair_rows` does not write."""
    return np.zeros(pair_shape(rows, columns), np.uint32)


@compiled
def paired(matrix: Floats32) -> Pairs:
    """Return a matrix (K, N) as the right operand of `multiply`."""
    pairs = empty_pairs(*matrix.shape)
    pair_rows(matrix, 0, pairs)
    return pairs


@compiled
def _up(value: int, multiple: int) -> int:
    return (value + multiple - 1) // multiple * multiple


@compiled
def round_rows(values: Floats32, column: int, out: Halves) -> None:
    """Write values (m, k) to the first rows, from this column on, and zeros after them up to a multiple of 16."""
    for row in range(len(values)):
        value, target = values[row], out[row, column:]
        for u in range(0, len(value), LANES):
            store_bfloat16(load(value, u), target, u)


@compiled
def pair_rows(values: Floats32, first: int, out: Pairs) -> None:
    """Write values (m, n) to the panels, from this pair of rows on; the last of an odd number is paired with zeros."""
    rows, columns = values.shape
    zeros = np.zeros(columns, np.float32)
    for pair in range((rows + 1) // 2):
        low = values[2 * pair]
        high = values[2 * pair + 1] if 2 * pair + 1 < rows else zeros
        for panel in range((columns + TILE - 1) // TILE):
            u = panel * TILE
            store_bfloat16_pairs(load(low, u), load(high, u), out[panel, first + pair], 0)


@compiled
def pair_rounded(rows: Halves, count: int, columns: int, first: int, out: Pairs) -> None:
    """Write the first rows of bfloat16 to the panels, as `pair_rows`."""
    zeros = np.zeros(rows.shape[1], np.uint16)
    for pair in range((count + 1) // 2):
        low = rows[2 * pair]
        high = rows[2 * pair + 1] if 2 * pair + 1 < count else zeros
        for panel in range((columns + TILE - 1) // TILE):
            target, left, right = out[panel, first + pair], low[panel * TILE :], high[panel * TILE :]
            for u in range(TILE):
                target[u] = np.uint32(left[u]) | (np.uint32(right[u]) << _SHIFT)


@compiled
def transpose_pairs(pairs: Pairs, count: int, out: Halves) -> None:
    """Write the transpose of the first rows, whose number of pairs is a multiple of 16."""
    source, target, stride = np.int64(pairs.ctypes.data), np.int64(out.ctypes.data), out.strides[0]
    for panel in range(len(pairs)):
        for start in range(0, count, TILE):
            transpose(
                source + 4 * TILE * (panel * pairs.shape[1] + start), target + panel * TILE * stride + 4 * start, stride
            )


@compiled
def multiply(a: Halves, b: Pairs, steps: int, add: bool, out: Floats32) -> None:
    """Write, or add, the product of the rows a (m, k) and the panels b (k, n) to out (m, n).

    The sum is over the first 32 times `steps` columns of a.
    """
    rows, columns = out.shape
    full = rows // BLOCK * BLOCK
    whole = columns // BLOCK * BLOCK
    edge = np.zeros((BLOCK, BLOCK), np.float32)
    starts = np.array([0, full, rows])
    for part in range(2):
        start, stop = starts[part], starts[part + 1]
        if start == stop:
            continue
        configure(np.int64(CONFIGURATIONS[BLOCK if start < full else rows - full].ctypes.data))
        for column in range(0, columns, BLOCK):
            for row in range(start, stop, BLOCK):
                height = min(BLOCK, stop - row)
                if column < whole:
                    _multiply_block(a, b, steps, add, row, height, column, out, row, column)
                    continue
                _multiply_block(a, b, steps, False, row, height, column, edge, 0, 0)
                for i in range(height):
                    for u in range(columns - whole):
                        out[row + i, column + u] = edge[i, u] + (out[row + i, column + u] if add else np.float32(0))
    release()


@compiled
def _multiply_block(
    a: Halves, b: Pairs, steps: int, add: bool, row: int, height: int, column: int,
    out: Floats32, out_row: int, out_column: int,
) -> None:  # fmt: skip
    stride, a_stride = out.strides[0], a.strides[0]
    left = np.int64(a.ctypes.data) + row * a_stride
    panel = 4 * TILE * b.shape[1]
    right = np.int64(b.ctypes.data) + column // TILE * panel
    target = np.int64(out.ctypes.data) + out_row * stride + 4 * out_column
    if height > TILE:
        if add:
            add_two(left, a_stride, right, panel, steps, target, stride)
        else:
            write_two(left, a_stride, right, panel, steps, target, stride)
    elif add:
        add_one(left, a_stride, right, panel, steps, target, stride)
    else:
        write_one(left, a_stride, right, panel, steps, target, stride)


@compiled
def steps(columns: int) -> int:
    """Return how many instructions sum over these columns."""
    return (columns + _STEP - 1) // _STEP


@compiled
def add_paired_product(a: Pairs, b: Pairs, filled: int, out: Floats32) -> None:
    """Add aᵀ b of the first pairs of rows to out."""
    count = steps(2 * filled)
    a[:, filled : count * _STEP // 2] = 0
    b[:, filled : count * _STEP // 2] = 0
    transposed = np.empty((a.shape[0] * a.shape[2], count * _STEP + _SPACING), np.uint16)
    transpose_pairs(a, count * _STEP // 2, transposed)
    multiply(transposed, b, count, True, out)
