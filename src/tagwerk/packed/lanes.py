"""Sixteen numbers in single precision at once, in compiled functions.

LLVM vectorises a loop only if it can tell that its arrays do not overlap, which fails if it writes more than one. In a
loop over `range(0, n, LANES)`, `load` and `store` move the numbers from the index on, at most to the end of the array,
and between them arithmetic is written as for single numbers. LLVM splits the lanes where registers have fewer.
"""

import operator
from collections.abc import Callable
from typing import Any, Self

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.core.typing.templates import ConcreteTemplate, infer_global, signature
from numba.extending import intrinsic, lower_builtin, models, register_model

from tagwerk.packed import processor

LANES = 16

_FLOAT, _INT = ir.FloatType(), ir.IntType(64)
_VECTOR, _MASK = ir.VectorType(_FLOAT, LANES), ir.VectorType(ir.IntType(1), LANES)
_WORDS, _HALVES = ir.VectorType(ir.IntType(32), LANES), ir.VectorType(ir.IntType(16), LANES)
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


class _BFloat16(ir.HalfType):  # type: ignore[misc]  # llvmlite is untyped, and lacks this type
    intrinsic_name = "bf16"

    def __new__(cls) -> Self:
        return object.__new__(cls)  # not the only instance of the parent

    def __str__(self) -> str:
        return "bfloat"


def _words(value: int) -> Any:
    return ir.Constant(_WORDS, [value] * LANES)


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


def _address(context: Any, builder: Any, kind: Any, array: Any, index: Any, words: Any) -> tuple[Any, Any]:
    """Return the pointer to words from an index on, and how many of them are in the array."""
    data = context.make_array(kind)(context, builder, array)
    left = builder.sub(builder.extract_value(data.shape, 0), index)
    return builder.bitcast(builder.gep(data.data, [index]), words.as_pointer()), left


def _all(builder: Any, left: Any) -> Any:
    return builder.icmp_signed(">=", left, ir.Constant(_INT, LANES))


def _first(builder: Any, left: Any) -> Any:
    """Return the mask of the first few lanes, less than all."""
    none = ir.Constant(_INT, 0)
    left = builder.select(builder.icmp_signed(">", left, none), left, none)
    bits = builder.not_(builder.shl(ir.Constant(_INT, -1), left))
    return builder.bitcast(builder.trunc(bits, ir.IntType(LANES)), _MASK)


def _load(context: Any, builder: Any, kind: Any, array: Any, index: Any, fill: Any) -> Any:
    pointer, left = _address(context, builder, kind, array, index, _VECTOR)
    declared = ir.FunctionType(_VECTOR, [pointer.type, ir.IntType(32), _MASK, _VECTOR])
    function = cgutils.get_or_insert_function(builder.module, declared, "llvm.masked.load.v16f32.p0")
    with builder.if_else(_all(builder, left)) as (every, some):
        with every:
            whole, from_every = builder.load(pointer, align=4), builder.block
        with some:
            part = builder.call(function, [pointer, ir.Constant(ir.IntType(32), 4), _first(builder, left), fill])
            from_some = builder.block
    loaded = builder.phi(_VECTOR)
    loaded.add_incoming(whole, from_every)
    loaded.add_incoming(part, from_some)
    return loaded


@intrinsic  # type: ignore[untyped-decorator]  # Numba is untyped
def load(_: Any, array: Any, index: Any) -> Any:
    """Return the lanes from this index on of an array (U,), zero beyond its end."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        array, index = arguments
        return _load(context, builder, signature.args[0], array, index, ir.Constant(_VECTOR, [0.0] * LANES))

    return lanes(array, types.int64), generate


@intrinsic  # type: ignore[untyped-decorator]  # Numba is untyped
def load_filled(_: Any, array: Any, index: Any, fill: Any) -> Any:
    """Return the lanes from this index on of an array (U,), and another number beyond its end."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        array, index, fill = arguments
        return _load(context, builder, signature.args[0], array, index, splat(builder, fill))

    return lanes(array, types.int64, types.float32), generate


def _store_words(context: Any, builder: Any, kind: Any, array: Any, index: Any, words: Any, name: str) -> None:
    """Write sixteen words from this index on, up to the end of the array (U,)."""
    pointer, left = _address(context, builder, kind, array, index, words.type)
    declared = ir.FunctionType(ir.VoidType(), [words.type, pointer.type, ir.IntType(32), _MASK])
    function = cgutils.get_or_insert_function(builder.module, declared, f"llvm.masked.store.{name}.p0")
    size = 2 if words.type == _HALVES else 4
    with builder.if_else(_all(builder, left)) as (every, some):
        with every:
            builder.store(words, pointer, align=size)
        with some:
            builder.call(function, [words, pointer, ir.Constant(ir.IntType(32), size), _first(builder, left)])


@intrinsic  # type: ignore[untyped-decorator]  # Numba is untyped
def store(_: Any, values: Any, array: Any, index: Any) -> Any:
    """Write the lanes from this index on, up to the end of the array (U,)."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        values, array, index = arguments
        _store_words(context, builder, signature.args[1], array, index, values, "v16f32")
        return context.get_dummy_value()

    return types.void(lanes, array, types.int64), generate


@intrinsic  # type: ignore[untyped-decorator]  # Numba is untyped
def rint(_: Any, values: Any) -> Any:
    """Return the nearest whole numbers."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        kind = ir.FunctionType(_VECTOR, [_VECTOR])
        return builder.call(cgutils.get_or_insert_function(builder.module, kind, "llvm.rint.v16f32"), arguments)

    return lanes(lanes), generate


@intrinsic  # type: ignore[untyped-decorator]  # Numba is untyped
def power_of_two(_: Any, values: Any) -> Any:
    """Return 2^n of whole numbers in [-126, 127], one of NaN."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        (values,) = arguments
        numbers = builder.select(
            builder.fcmp_ordered("ord", values, values), values, ir.Constant(_VECTOR, [0.0] * LANES)
        )
        biased = builder.add(builder.fptosi(numbers, _WORDS), _words(127))
        return builder.bitcast(builder.shl(biased, _words(23)), _VECTOR)

    return lanes(lanes), generate


@intrinsic  # type: ignore[untyped-decorator]  # Numba is untyped
def where_positive(_: Any, values: Any, then: Any, otherwise: Any) -> Any:
    """Return `then` where the values are positive, and `otherwise` elsewhere."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        values, then, otherwise = arguments
        positive = builder.fcmp_ordered(">", values, ir.Constant(_VECTOR, [0.0] * LANES))
        return builder.select(positive, then, otherwise)

    return lanes(lanes, lanes, lanes), generate


def _reduction(name: str, start: list[Any]) -> Any:
    @intrinsic  # type: ignore[untyped-decorator]  # Numba is untyped
    def reduce(_: Any, values: Any) -> Any:
        def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            kind = ir.FunctionType(_FLOAT, [*(value.type for value in start), _VECTOR])
            function = cgutils.get_or_insert_function(builder.module, kind, f"llvm.vector.reduce.{name}.v16f32")
            return builder.call(function, [*start, *arguments], fastmath=("reassoc",))

        return types.float32(lanes), generate

    return reduce


total = _reduction("fadd", [ir.Constant(_FLOAT, -0.0)])  # of all lanes
highest = _reduction("fmax", [])  # of the lanes that are numbers


def _bits_of_bfloat16(builder: Any, values: Any) -> Any:
    """Return the bits of the nearest bfloat16, ties to even, in halves of words."""
    if processor.has("avx512bf16"):
        return builder.bitcast(builder.fptrunc(values, ir.VectorType(_BFloat16(), LANES)), _HALVES)
    # For other processors LLVM calls a function that Numba's code cannot find.
    bits = builder.bitcast(values, _WORDS)
    odd = builder.and_(builder.lshr(bits, _words(16)), _words(1))
    rounded = builder.lshr(builder.add(bits, builder.add(odd, _words(0x7FFF))), _words(16))
    nan = builder.fcmp_unordered("uno", values, values)
    return builder.trunc(builder.select(nan, _words(0x7FC0), rounded), _HALVES)


@intrinsic  # type: ignore[untyped-decorator]  # Numba is untyped
def store_bfloat16(_: Any, values: Any, array: Any, index: Any) -> Any:
    """Write the lanes as bfloat16 to an array of 16 bits, from this index on up to its end."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        values, array, index = arguments
        _store_words(context, builder, signature.args[1], array, index, _bits_of_bfloat16(builder, values), "v16i16")
        return context.get_dummy_value()

    return types.void(lanes, array, types.int64), generate


@intrinsic  # type: ignore[untyped-decorator]  # Numba is untyped
def store_bfloat16_pairs(_: Any, low: Any, high: Any, array: Any, index: Any) -> Any:
    """Write the lanes of two as bfloat16 to the halves of an array of 32 bits, from this index on up to its end."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        *both, array, index = arguments
        low, high = (builder.zext(_bits_of_bfloat16(builder, values), _WORDS) for values in both)
        words = builder.or_(low, builder.shl(high, _words(16)))
        _store_words(context, builder, signature.args[2], array, index, words, "v16i32")
        return context.get_dummy_value()

    return types.void(lanes, lanes, array, types.int64), generate
