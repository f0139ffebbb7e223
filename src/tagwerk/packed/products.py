"""Products of matrices in single precision, compiled: in panels on wide registers, with BLAS on others."""

import numpy as np
from threadpoolctl import threadpool_info

from tagwerk.arrays import Floats32
from tagwerk.compilation import cached_njit
from tagwerk.packed.lanes import LANES, load, store
from tagwerk.packed.panels import COLUMNS, ROWS, WIDE, add_block

compiled = cached_njit(fastmath=True, error_model="numpy")

# With AVX-512, OpenBLAS multiplies matrices with m k n up to a million without copying them first, 25 % faster.
_UNCOPIED = {"SkylakeX", "Cooperlake", "SapphireRapids"}
_COPY_TRANSPOSED = any(library.get("architecture") in _UNCOPIED for library in threadpool_info())
_MAX_UNCOPIED = 1_000_000 if _COPY_TRANSPOSED else 2**62

_ONE = np.float32(1)
_FEW_ROWS = 8  # for fewer, copying the right operand into panels takes longer than it saves
_FEW_COLUMNS = 16  # up to this many, at least half of a panel would be empty


@compiled
def matmul(a: Floats32, b: Floats32, out: Floats32) -> None:
    """Write a b, (m, k) (k, n), into out."""
    if WIDE and out.shape[1] > _FEW_COLUMNS:
        _add_wide(a, len(a), a.shape[1], a.strides[0], a.strides[1], b, len(a) >= _FEW_ROWS, False, out)
    else:
        rows = _MAX_UNCOPIED // b.size // 4 * 4 or len(a)
        for start in range(0, len(a), rows):
            np.dot(a[start : start + rows], b, out[start : start + rows])


@compiled
def add_transposed_matmul(a: Floats32, b: Floats32, out: Floats32) -> None:
    """Add aᵀ b, (n, m)ᵀ (n, k), to out."""
    if WIDE and out.shape[1] > _FEW_COLUMNS:
        _add_wide(a, a.shape[1], len(a), a.strides[1], a.strides[0], b, len(out) >= _FEW_ROWS, True, out)
        return
    product = np.empty_like(out)
    if _COPY_TRANSPOSED:
        matmul(np.ascontiguousarray(a.T), b, product)
    else:
        np.dot(a.T, b, product)
    for m in range(len(out)):
        add_scaled(_ONE, product[m], out[m])


@compiled
def in_panels(b: Floats32) -> Floats32:
    """Return a matrix (k, n), flat, as `panel_matmul` takes it: the right operand of many products."""
    if not WIDE or b.shape[1] <= _FEW_COLUMNS:
        return b.copy().reshape(b.size)
    panels = np.empty((b.shape[1] + COLUMNS - 1) // COLUMNS * COLUMNS * len(b), np.float32)
    for column in range(0, b.shape[1], COLUMNS):
        _copy_panel(b, column, panels[column * len(b) :])
    return panels


@compiled
def panel_matmul(a: Floats32, panels: Floats32, out: Floats32) -> None:
    """Write a b, (m, k) (k, n), into out, where b is passed as `in_panels` returned it."""
    if WIDE and out.shape[1] > _FEW_COLUMNS:
        _add_panels(a, panels, False, out)
    else:
        matmul(a, panels.reshape(a.shape[1], out.shape[1]), out)


@compiled
def add_panel_matmul(a: Floats32, panels: Floats32, out: Floats32) -> None:
    """Add the same to out."""
    if WIDE and out.shape[1] > _FEW_COLUMNS:
        _add_panels(a, panels, True, out)
        return
    product = np.empty_like(out)
    panel_matmul(a, panels, product)
    for row in range(len(out)):
        add_scaled(_ONE, product[row], out[row])


@compiled
def _add_panels(a: Floats32, panels: Floats32, add: bool, out: Floats32) -> None:
    edge, count = np.empty((ROWS, COLUMNS), np.float32), a.shape[1]
    for column in range(0, out.shape[1], COLUMNS):
        panel = np.int64(panels.ctypes.data) + 4 * column * count
        _add_panel(a, len(a), count, a.strides[0], a.strides[1], panel, 4 * COLUMNS, add, column, out, edge)


@compiled
def _add_wide(
    a: Floats32, rows: int, count: int, a_row: int, a_column: int, b: Floats32, copy: bool, add: bool, out: Floats32
) -> None:
    """Write or add the product of a, of which rows and columns are at these distances, and b, (count, n)."""
    edge, panel = np.empty((ROWS, COLUMNS), np.float32), np.empty(COLUMNS * count, np.float32)
    copied = np.int64(panel.ctypes.data)
    for column in range(0, out.shape[1], COLUMNS):
        if copy or column + COLUMNS > out.shape[1]:
            _copy_panel(b, column, panel)
            _add_panel(a, rows, count, a_row, a_column, copied, 4 * COLUMNS, add, column, out, edge)
        else:
            start = np.int64(b.ctypes.data) + 4 * column
            _add_panel(a, rows, count, a_row, a_column, start, b.strides[0], add, column, out, edge)


@compiled
def _copy_panel(b: Floats32, column: int, panel: Floats32) -> None:
    """Write the columns from this one on, at most 32, to a panel."""
    for row in range(len(b)):
        values, target = b[row, column : column + COLUMNS], panel[row * COLUMNS :]
        for u in range(0, COLUMNS, LANES):
            store(load(values, u), target, u)


@compiled
def _add_panel(
    a: Floats32, rows: int, count: int, a_row: int, a_column: int, panel: np.int64, b_row: int, add: bool, column: int,
    out: Floats32, edge: Floats32,
) -> None:  # fmt: skip
    """Write or add the product with one panel, in blocks of nearly equal numbers of rows."""
    width = min(COLUMNS, out.shape[1] - column)
    blocks, start, out_row = (rows + ROWS - 1) // ROWS, np.int64(a.ctypes.data), out.strides[0]
    for block in range(blocks):
        first, stop = rows * block // blocks, rows * (block + 1) // blocks
        left, target = start + first * a_row, np.int64(out.ctypes.data) + first * out_row + 4 * column
        if width == COLUMNS:
            add_block(stop - first, left, a_row, a_column, panel, b_row, count, add, target, out_row)
            continue
        add_block(
            stop - first, left, a_row, a_column, panel, b_row, count, False, np.int64(edge.ctypes.data), 4 * COLUMNS
        )
        for row in range(first, stop):
            for u in range(width):
                value = edge[row - first, u]
                out[row, column + u] = out[row, column + u] + value if add else value


@compiled
def add_scaled(factor: np.float32, values: Floats32, total: Floats32) -> None:
    """Add factor times values (U,) to the total (U,)."""
    for u in range(0, len(values), LANES):
        store(load(total, u) + factor * load(values, u), total, u)


@compiled
def copy(values: Floats32, out: Floats32) -> None:
    """Write values (U,) into out."""
    for u in range(0, len(values), LANES):
        store(load(values, u), out, u)
