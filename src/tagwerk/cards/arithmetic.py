"""The operators and functions of expressions: computed in double precision as in ROOT, whole numbers compared exactly.

Values are Python's numbers, NumPy arrays of whatever type a file has, or Awkward arrays of lists inside of `count`.
"""

import operator
from collections.abc import Callable, Sequence
from typing import Any

import awkward as ak
import numpy as np

COMPARISONS = ("==", "!=", "<", "<=", ">", ">=")
# How many values each function takes.
FUNCTIONS = {"abs": 1, "log": 1, "sqrt": 1, "hypot": 2, "count": 1}


def apply(name: str, values: Sequence[Any]) -> Any:
    """Return what an operator or a function makes of its values.

    Raises:
        ValueError: lists of different lengths meet.
    """
    # What overflows is infinite; a quotient or logarithm that does not exist is NaN.
    with np.errstate(over="ignore", divide="ignore", invalid="ignore"):
        return _ALL[name](*values)


def double(value: Any) -> Any:
    """Return a value in double precision; booleans are 0 and 1."""
    if isinstance(value, ak.Array):
        return ak.values_astype(value, np.float64)
    return np.asarray(value, np.float64)[()]


def _in_double(function: Callable[..., Any]) -> Callable[..., Any]:
    return lambda *values: function(*map(double, values))


def _modulo(dividend: Any, divisor: Any) -> Any:
    """Return the remainder, with the sign of the divisor; of 64-bit event numbers it is exact."""
    remainder = operator.mod(double(dividend), double(divisor))
    if not (_whole(dividend) and _whole(divisor)):
        return remainder
    dividend, divisor = _exact(dividend, divisor), _exact(divisor, dividend)
    if np.result_type(*map(_type, (dividend, divisor))).kind == "f":  # no type holds int64 and uint64
        return remainder
    return double(operator.mod(dividend, divisor)) + 0 * remainder  # NaN where the divisor is zero


def _comparison(compare: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    # Of two arrays NumPy compares integers exactly, in whichever types, and all else as in double precision.
    return lambda a, b: compare(_exact(a, b), _exact(b, a))


def _exact(value: Any, other: Any) -> Any:
    """Return a number from a card as NumPy compares it with other values: exactly where both are whole."""
    if not isinstance(value, bool | int | float):
        return value
    if not (_whole(value) and _whole(other)):
        return np.float64(value)
    if -(2**63) <= value < 2**63:
        return np.uint64(value) if value >= 0 and _type(other) == np.uint64 else np.int64(value)
    return np.uint64(value) if 0 < value < 2**64 else np.float64(np.inf if value > 0 else -np.inf)


def _whole(value: Any) -> bool:
    return isinstance(value, bool | int) or _type(value).kind in "biu"


def _type(value: Any) -> Any:
    if not isinstance(value, ak.Array):
        return np.asarray(value).dtype
    layout = value.layout
    while not hasattr(layout, "dtype"):
        layout = layout.content
    inside: np.dtype[Any] = np.dtype(layout.dtype)
    return inside


def _count(condition: Any) -> Any:
    """Return how many of each jet's constituents fulfil a condition, (N,)."""
    return ak.to_numpy(ak.sum(condition != 0, axis=1))


_ALL: dict[str, Callable[..., Any]] = {
    "+": _in_double(operator.add),
    "-": _in_double(operator.sub),
    "*": _in_double(operator.mul),
    "/": _in_double(operator.truediv),
    "%": _modulo,
    "**": _in_double(operator.pow),
    "negative": _in_double(operator.neg),
    "positive": double,
    "abs": _in_double(np.abs),
    "log": _in_double(np.log),
    "sqrt": _in_double(np.sqrt),
    "hypot": _in_double(np.hypot),
    "==": _comparison(np.equal),
    "!=": _comparison(np.not_equal),
    "<": _comparison(np.less),
    "<=": _comparison(np.less_equal),
    ">": _comparison(np.greater),
    ">=": _comparison(np.greater_equal),
    "and": np.logical_and,
    "or": np.logical_or,
    "not": np.logical_not,
    "count": _count,
}
