"""Products of matrices in single precision for small numbers of rows, compiled: faster than BLAS on wide registers.

The right operand is in panels of 32 columns, two registers of 16 numbers wide, and the sums of up to 14 rows stay in
registers. The right operand of many products is put in panels once.
"""

from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

from tagwerk.packed import processor
from tagwerk.packed.lanes import FAST, LANES, splat

ROWS, COLUMNS = 14, 2 * LANES  # of the output that are computed at once

WIDE = processor.has("avx512f")  # 32 registers of sixteen numbers; elsewhere `add_block` is not used

_FLOAT, _INT = ir.FloatType(), ir.IntType(64)
_VECTOR = ir.VectorType(_FLOAT, LANES)


@intrinsic  # type: ignore[untyped-decorator]  # Numba is untyped
def add_block(
    _: Any, rows: Any, a: Any, a_row: Any, a_column: Any, b: Any, b_row: Any, count: Any, add: Any, out: Any,
    out_row: Any,
) -> Any:  # fmt: skip
    """Write or add the product of up to 14 rows, of which each sums over `count` numbers, and 32 columns.

    Arrays are passed by their addresses, in bytes, followed by the distances of rows, and of columns of a.
    """

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        rows, *others = arguments
        cases = [(number, builder.append_basic_block(f"rows.{number}")) for number in range(1, ROWS + 1)]
        end = builder.append_basic_block("end")
        switch = builder.switch(rows, end)
        for number, block in cases:
            switch.add_case(ir.Constant(_INT, number), block)
            builder.position_at_end(block)
            _product(builder, number, *others)
            builder.branch(end)
        builder.position_at_end(end)
        return context.get_dummy_value()

    return types.void(*[types.int64] * 7, types.boolean, *[types.int64] * 2), generate


def _product(
    builder: Any, rows: int, a: Any, a_row: Any, a_column: Any, b: Any, b_row: Any, count: Any, add: Any, out: Any,
    out_row: Any,
) -> None:  # fmt: skip
    def offset(base: Any, step: Any, index: Any) -> Any:
        return builder.add(base, builder.mul(step, ir.Constant(_INT, index) if isinstance(index, int) else index))

    def vector(address: Any) -> Any:
        return builder.inttoptr(address, _VECTOR.as_pointer())

    columns = [ir.Constant(_INT, 4 * LANES * column) for column in range(COLUMNS // LANES)]
    targets = [[builder.add(offset(out, out_row, row), column) for column in columns] for row in range(rows)]
    sums = [[cgutils.alloca_once(builder, _VECTOR) for _ in columns] for _ in range(rows)]
    with builder.if_else(add) as (added, written):
        with added:
            for row in range(rows):
                for total, target in zip(sums[row], targets[row], strict=True):
                    builder.store(builder.load(vector(target), align=4), total)
        with written:
            for total in (total for row in sums for total in row):
                builder.store(ir.Constant(_VECTOR, [0.0] * LANES), total)
    lefts = [offset(a, a_row, row) for row in range(rows)]
    with cgutils.for_range(builder, count) as loop:
        start = offset(b, b_row, loop.index)
        right = [builder.load(vector(builder.add(start, column)), align=4) for column in columns]
        for row in range(rows):
            address = offset(lefts[row], a_column, loop.index)
            left = splat(builder, builder.load(builder.inttoptr(address, _FLOAT.as_pointer())))
            for total, factor in zip(sums[row], right, strict=True):
                product = builder.fmul(left, factor, flags=FAST)
                builder.store(builder.fadd(builder.load(total), product, flags=FAST), total)
    for row in range(rows):
        for total, target in zip(sums[row], targets[row], strict=True):
            builder.store(builder.load(total), vector(target), align=4)
