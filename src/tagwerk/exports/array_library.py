"""The functions of NumPy that features use, on values of an ONNX graph."""

import math
from collections.abc import Callable, Sequence
from types import ModuleType, SimpleNamespace
from typing import cast

import numpy as np
import numpy.typing as npt
from onnx import helper

from tagwerk.exports import graph
from tagwerk.exports.graph import BOOL, Operand, Value


def _unary(operator: str) -> Callable[[Value], Value]:
    def function(values: Value) -> Value:
        return values.graph.op(operator, values, kind=values.kind)

    function.__doc__ = f"Return ONNX's {operator}."
    return function


absolute = _unary("Abs")
cos, sin = (_unary(name) for name in ("Cos", "Sin"))
exp, log, sqrt, sign = (_unary(name) for name in ("Exp", "Log", "Sqrt", "Sign"))
arctan = _unary("Atan")
where = graph.where


def astype(values: Value, dtype: npt.DTypeLike) -> Value:
    """Return the values in another type."""
    return values.cast(helper.np_dtype_to_tensor_dtype(np.dtype(dtype)))


# ONNX Runtime has the hyperbolic functions in single precision only.


def cosh(values: Value) -> Value:
    """Return the hyperbolic cosine."""
    if values.kind != graph.DOUBLE:
        return values.graph.op("Cosh", values)
    return (exp(values) + exp(-values)) / 2.0


def sinh(values: Value) -> Value:
    """Return the hyperbolic sine."""
    if values.kind != graph.DOUBLE:
        return values.graph.op("Sinh", values)
    return (exp(values) - exp(-values)) / 2.0


def arcsinh(values: Value) -> Value:
    """Return the inverse of the hyperbolic sine."""
    if values.kind != graph.DOUBLE:
        return values.graph.op("Asinh", values)
    size = absolute(values)
    return sign(values) * log(size + sqrt(size**2 + 1.0))


def maximum(values: Value, other: Operand) -> Value:
    """Return the larger of both."""
    return values.binary("Max", other)


def minimum(values: Value, other: Operand) -> Value:
    """Return the smaller of both."""
    return values.binary("Min", other)


def clip(values: Value, low: float, high: float) -> Value:
    """Return values within a range."""
    return values.graph.op("Clip", values, values.like(low), values.like(high), kind=values.kind)


def isfinite(values: Value) -> Value:
    """Return which values are neither infinite nor NaN."""
    infinite = values.graph.op("IsInf", values, kind=BOOL)
    return ~(infinite | values.graph.op("IsNaN", values, kind=BOOL))


def logical_and(first: Value, second: Value) -> Value:
    """Return where both are true."""
    return first & second


def logical_not(values: Value) -> Value:
    """Return where it is not true."""
    return ~values


def zeros_like(values: Value) -> Value:
    """Return zeros in the same shape."""
    return values * 0.0


def stack(values: Sequence[Value], axis: int) -> Value:
    """Return values along a new axis, the last."""
    return graph.concatenate([value.expand_dims(axis) for value in values], axis)


def arctan2(y: Value, x: Value) -> Value:
    """Return the angle of (x, y), in [-π, π]; zero at the origin."""
    steep, sign_y = absolute(y) > absolute(x), 1.0 - 2.0 * (y < 0.0).cast(graph.FLOAT)
    top, bottom = where(steep, x, y), where(steep, y, x)
    angle = arctan(top / where(bottom.equals(0.0), 1.0, bottom))
    flat = where(x < 0.0, angle + sign_y * math.pi, angle)
    return where(steep, sign_y * (math.pi / 2) - angle, flat)


# By NumPy's names, some of which are Python's own.
LIBRARY = cast(
    ModuleType,
    SimpleNamespace(
        abs=absolute,
        absolute=absolute,
        arcsinh=arcsinh,
        arctan=arctan,
        arctan2=arctan2,
        astype=astype,
        clip=clip,
        cos=cos,
        cosh=cosh,
        exp=exp,
        isfinite=isfinite,
        log=log,
        logical_and=logical_and,
        logical_not=logical_not,
        maximum=maximum,
        minimum=minimum,
        round=_unary("Round"),  # to even, as NumPy
        sign=sign,
        sin=sin,
        sinh=sinh,
        sqrt=sqrt,
        stack=stack,
        sum=Value.sum,
        where=where,
        zeros_like=zeros_like,
    ),
)
