"""Sixteen numbers in single precision at once, in compiled functions.

LLVM vectorises a loop only if it can tell that its arrays do not overlap, which fails if it writes more than one. In a
loop over `range(0, n, LANES)`, `load` and `store` move the numbers from the index on, at most to the end of the array,
and between them arithmetic is written as for single numbers. LLVM splits the lanes where registers have fewer.
"""

import operator
from collections.abc import Callable
from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.core.typing.templates import ConcreteTemplate, infer_global, signature
from numba.extending import intrinsic, lower_builtin, models, register_model

LANES = 16

_FLOAT, _INT = ir.FloatType(), ir.IntType(64)
_VECTOR, _MASK = ir.VectorType(_FLOAT, LANES), ir.VectorType(ir.IntType(1), LANES)
_INDICES = ir.VectorType(_INT, LANES)
# LLVM's fast-math flags but those for which NaN and infinity never occur: a wrong input must not give a finite output.
FAST = ("reassoc", "nsz", "arcp", "contract", "afn")


class _Lanes(types.Type):  # type: ignore[misc]  # Numba is untyped
    def __init__(self) -> None:
        super().__init__(name="Lanes")


lanes = _Lanes()


@register_model(_Lanes)
class _LanesModel(models.PrimitiveModel):  # type: ignore[misc]  # Numba is untyped
    def __init__(self, manager: Any, kind: Any) -> None:
        super().__init__(manager, kind, _VECTOR)


def splat(builder: Any, value: Any, kind: Any = _VECTOR) -> Any:
    """Return lanes that all have this value."""
    undefined, zeros = ir.Constant(kind, ir.Undefined), [0] * LANES
    first = builder.insert_element(undefined, value, ir.Constant(ir.IntType(32), 0))
    return builder.shuffle_vector(first, undefined, ir.Constant(ir.VectorType(ir.IntType(32), LANES), zeros))


def _define(operation: Any, instruction: Callable[[Any, Any, Any], Any]) -> None:
    """Define an operation between lanes, and between lanes and one number."""
    pairs = [(lanes, lanes), (lanes, types.float32), (types.float32, lanes)]

    @infer_global(operation)
    class _LanesTyping(ConcreteTemplate):  # type: ignore[misc]  # Numba is untyped
        cases = [signature(lanes, *pair) for pair in pairs]  # noqa: RUF012  # as Numba has it

    def lower(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return instruction(builder, *(
            value if kind == lanes else splat(builder, value)
            for kind, value in zip(signature.args, arguments, strict=True)
        ))  # fmt: skip

    for pair in pairs:
        lower_builtin(operation, *pair)(lower)


_define(operator.add, lambda builder, x, y: builder.fadd(x, y, flags=FAST))
_define(operator.sub, lambda builder, x, y: builder.fsub(x, y, flags=FAST))
_define(operator.mul, lambda builder, x, y: builder.fmul(x, y, flags=FAST))
_define(operator.truediv, lambda builder, x, y: builder.fdiv(x, y, flags=FAST))
# If x is NaN, the result is x.
_define(min, lambda builder, x, y: builder.select(builder.fcmp_unordered("<", x, y), x, y))
_define(max, lambda builder, x, y: builder.select(builder.fcmp_unordered(">", x, y), x, y))


def _address(context: Any, builder: Any, kind: Any, array: Any, index: Any) -> tuple[Any, Any]:
    """Return the pointer to the lanes from an index on, and which of them are in the array."""
    data = context.make_array(kind)(context, builder, array)
    left = builder.sub(builder.extract_value(data.shape, 0), index)
    mask = builder.icmp_signed("<", ir.Constant(_INDICES, list(range(LANES))), splat(builder, left, _INDICES))
    return builder.bitcast(builder.gep(data.data, [index]), _VECTOR.as_pointer()), mask


@intrinsic  # type: ignore[untyped-decorator]  # Numba is untyped
def load(_: Any, array: Any, index: Any) -> Any:
    """Return the lanes from this index on of an array (U,), zero beyond its end."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        pointer, mask = _address(context, builder, signature.args[0], *arguments)
        kind = ir.FunctionType(_VECTOR, [pointer.type, ir.IntType(32), _MASK, _VECTOR])
        function = cgutils.get_or_insert_function(builder.module, kind, "llvm.masked.load.v16f32.p0")
        zeros = ir.Constant(_VECTOR, [0.0] * LANES)
        return builder.call(function, [pointer, ir.Constant(ir.IntType(32), 4), mask, zeros])

    return lanes(array, types.int64), generate


@intrinsic  # type: ignore[untyped-decorator]  # Numba is untyped
def store(_: Any, values: Any, array: Any, index: Any) -> Any:
    """Write the lanes from this index on, up to the end of the array (U,)."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        pointer, mask = _address(context, builder, signature.args[1], *arguments[1:])
        kind = ir.FunctionType(ir.VoidType(), [_VECTOR, pointer.type, ir.IntType(32), _MASK])
        function = cgutils.get_or_insert_function(builder.module, kind, "llvm.masked.store.v16f32.p0")
        builder.call(function, [arguments[0], pointer, ir.Constant(ir.IntType(32), 4), mask])
        return context.get_dummy_value()

    return types.void(lanes, array, types.int64), generate
