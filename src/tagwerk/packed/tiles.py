"""Instructions of the processor that multiply matrices of bfloat16, for compiled functions: Intel's AMX.

A tile has at most 16 rows of 64 bytes. One instruction adds to a tile of single-precision numbers, (16, 16), the
product of two tiles of bfloat16, (16, 32) (32, 16), of which the second has pairs of rows next to each other.
"""

import ctypes
import platform
import sys
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

from tagwerk.packed import processor

TILE = 16  # rows of a tile, and columns of 32 bits
BLOCK = 2 * TILE  # rows and columns of the output that are computed at once

_COMPILED = processor.has("amx-tile", "amx-bf16")
_ARCH_PRCTL, _REQUEST_PERMISSION, _TILE_DATA = 158, 0x1023, 18  # Linux, arch/x86/include/uapi/asm/prctl.h
_BYTE, _INT = ir.IntType(8), ir.IntType(64)
_POINTER = _BYTE.as_pointer()
_WORDS = ir.VectorType(ir.IntType(32), TILE)


@cache
def has_tiles() -> bool:
    """Return whether the processor has the instructions and the operating system lets this process use them."""
    if not (sys.platform == "linux" and platform.machine() == "x86_64" and _COMPILED):
        return False
    return bool(ctypes.CDLL(None).syscall(_ARCH_PRCTL, _REQUEST_PERMISSION, _TILE_DATA) == 0)


def _configurations() -> Any:
    """Return the shapes of the tiles for each number of rows of a block, (33, 64)."""
    table = np.zeros((BLOCK + 1, 64), np.uint8)
    table[:, 0] = 1
    table[:, 16:32:2] = 64  # bytes per row of each of the eight tiles
    for rows in range(BLOCK + 1):
        first, second = min(rows, TILE), max(rows - TILE, 0)
        table[rows, 48:56] = first, first, second, second, first, second, TILE, TILE
        table[rows, 16:32:2] *= table[rows, 48:56] > 0
    return table


CONFIGURATIONS = _configurations()


def _call(builder: Any, name: str, *arguments: Any) -> None:
    """Call one of LLVM's functions without a result, or nothing where it cannot be compiled."""
    if not _COMPILED:
        return
    kind = ir.FunctionType(ir.VoidType(), [argument.type for argument in arguments])
    builder.call(cgutils.get_or_insert_function(builder.module, kind, f"llvm.x86.{name}"), arguments)


def _tile(index: int) -> Any:
    return ir.Constant(_BYTE, index)


def _constant(value: int) -> Any:
    return ir.Constant(_INT, value)


@intrinsic  # type: ignore[untyped-decorator]  # Numba is untyped
def configure(_: Any, address: Any) -> Any:
    """Set the shapes of the tiles."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        _call(builder, "ldtilecfg", builder.inttoptr(arguments[0], _POINTER))
        return context.get_dummy_value()

    return types.void(types.int64), generate


@intrinsic  # type: ignore[untyped-decorator]  # Numba is untyped
def release(_: Any) -> Any:
    """Give the tiles back."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        _call(builder, "tilerelease")
        return context.get_dummy_value()

    return types.void(), generate


def _block_product(row_tiles: int, add: bool) -> Callable[..., None]:
    """Return a function that writes or adds the product of one or two tiles of rows and two of columns."""

    @intrinsic  # type: ignore[untyped-decorator]  # Numba is untyped
    def block_product(_: Any, a: Any, a_stride: Any, b: Any, b_panel: Any, steps: Any, out: Any, stride: Any) -> Any:
        def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            a, a_stride, b, b_panel, steps, out, stride = arguments

            def move(name: str, tile: int, base: Any, row_tile: int, row: Any, offset: Any) -> None:
                address = builder.add(base, builder.mul(row, _constant(row_tile * TILE)))
                _call(builder, name, _tile(tile), builder.inttoptr(builder.add(address, offset), _POINTER), row)

            sums = [(row, column, 2 * row + column) for row in range(row_tiles) for column in range(2)]
            for row, column, tile in sums:
                if add:
                    move("tileloadd64", tile, out, row, stride, _constant(64 * column))
                else:
                    _call(builder, "tilezero", _tile(tile))
            with cgutils.for_range(builder, steps) as loop:
                panel = builder.mul(loop.index, _constant(64 * TILE))
                move("tileloadd64", 6, b, 0, _constant(64), panel)
                move("tileloadd64", 7, b, 0, _constant(64), builder.add(panel, b_panel))
                for row in range(row_tiles):
                    move("tileloadd64", 4 + row, a, row, a_stride, builder.mul(loop.index, _constant(64)))
                for row, column, tile in sums:
                    _call(builder, "tdpbf16ps", _tile(tile), _tile(4 + row), _tile(6 + column))
            for row, column, tile in sums:
                move("tilestored64", tile, out, row, stride, _constant(64 * column))
            return context.get_dummy_value()

        return types.void(*[types.int64] * 7), generate

    return block_product  # type: ignore[no-any-return]  # Numba is untyped


# Each takes addresses in bytes: of rows of bfloat16 and their stride; of the first panel of columns and the distance
# to the second; the number of tiles to sum over; of the output and its stride.
write_one, write_two = _block_product(1, add=False), _block_product(2, add=False)
add_one, add_two = _block_product(1, add=True), _block_product(2, add=True)


@intrinsic  # type: ignore[untyped-decorator]  # Numba is untyped
def transpose(_: Any, source: Any, target: Any, stride: Any) -> Any:
    """Write the transpose of 16 contiguous rows of 16 words of 32 bits."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        source, target, stride = arguments

        def pointer(base: Any, row: int, step: Any) -> Any:
            return builder.inttoptr(builder.add(base, builder.mul(step, _constant(row))), _WORDS.as_pointer())

        def shuffle(first: Any, second: Any, indices: list[int]) -> Any:
            mask = ir.Constant(ir.VectorType(ir.IntType(32), TILE), indices)
            return builder.shuffle_vector(first, second, mask)

        rows = [builder.load(pointer(source, row, _constant(64)), align=4) for row in range(TILE)]
        for width in (8, 4, 2, 1):  # swap the blocks of this size beside the diagonal
            lanes = range(TILE)
            upper = [lane + TILE - width if lane & width else lane for lane in lanes]
            lower = [lane + TILE if lane & width else lane + width for lane in lanes]
            swapped = list(rows)
            for row in lanes:
                if not row & width:
                    pair = rows[row], rows[row + width]
                    swapped[row], swapped[row + width] = shuffle(*pair, upper), shuffle(*pair, lower)
            rows = swapped
        for row, values in enumerate(rows):
            builder.store(values, pointer(target, row, stride), align=4)
        return context.get_dummy_value()

    return types.void(types.int64, types.int64, types.int64), generate
