"""The operators and functions of expressions: computed in double precision as in ROOT, integers compared exactly.

Values are Python numbers, NumPy arrays of any dtype in the file, or, inside `count`, Awkward arrays of lists.
Awkward is imported where there are lists: a card is read without it.
"""

import operator
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

COMPARISONS = ("==", "!=", "<", "<=", ">", ">=")
# Number of arguments of each function.
FUNCTIONS = {
    "abs": 1, "sign": 1, "log": 1, "exp": 1, "sqrt": 1, "hypot": 2, "sin": 1, "cos": 1, "sinh": 1, "cosh": 1,
    "tanh": 1, "count": 1,
}  # fmt: skip


def apply(name: str, values: Sequence[Any]) -> Any:
    """Return the result of an operator or a function.

    Raises:
        ValueError: lists have different lengths.
    """
    # Overflows are infinite, undefined quotients and logarithms NaN.
    with np.errstate(over="ignore", divide="ignore", invalid="ignore"):
        return _OPERATIONS[name](*values)


def as_double(value: Any) -> Any:
    """Return a value in double precision; booleans become 0 and 1."""
    if _has_lists(value):
        import awkward as ak

        return ak.values_astype(value, np.float64)
    return np.asarray(value, np.float64)[()]


def _in_double(function: Callable[..., Any]) -> Callable[..., Any]:
    return lambda *values: function(*map(as_double, values))


def _in_own_precision(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function that only changes signs, which is exact in any floating-point precision."""
    return lambda value: function(value if _dtype(value).kind == "f" else as_double(value))


def _modulo(dividend: Any, divisor: Any) -> Any:
    """Return the remainder, with the sign of the divisor; exact for 64-bit event numbers."""
    remainder = operator.mod(as_double(dividend), as_double(divisor))
    if not (_is_integer(dividend) and _is_integer(divisor)):
        return remainder
    dividend, divisor = _comparable(dividend, divisor), _comparable(divisor, dividend)
    if np.result_type(*map(_dtype, (dividend, divisor))).kind == "f":  # no dtype holds both int64 and uint64
        return remainder
    return as_double(operator.mod(dividend, divisor)) + 0 * remainder  # NaN where the divisor is zero


def _comparison(compare: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    # NumPy compares two integer arrays of any dtypes exactly, everything else as in double precision.
    return lambda a, b: compare(_comparable(a, b), _comparable(b, a))


def _comparable(value: Any, other: Any) -> Any:
    """Return a number from a card as NumPy compares it with other values: exactly if both are integers."""
    if not isinstance(value, bool | int | float):
        return value
    if not (_is_integer(value) and _is_integer(other)):
        dtype = _dtype(other)
        # A value that single precision represents exactly compares equally there, at a tenth of the cost.
        return dtype.type(value) if dtype.kind == "f" and float(dtype.type(value)) == value else np.float64(value)
    if -(2**63) <= value < 2**63:
        return np.uint64(value) if value >= 0 and _dtype(other) == np.uint64 else np.int64(value)
    return np.uint64(value) if 0 < value < 2**64 else np.float64(np.inf if value > 0 else -np.inf)


def _is_integer(value: Any) -> bool:
    return isinstance(value, bool | int) or _dtype(value).kind in "biu"


def _dtype(value: Any) -> Any:
    if not _has_lists(value):
        return np.asarray(value).dtype
    layout = value.layout
    while not hasattr(layout, "dtype"):
        layout = layout.content
    dtype: np.dtype[Any] = np.dtype(layout.dtype)
    return dtype


def _has_lists(value: Any) -> bool:
    return hasattr(value, "layout")


def _count(condition: Any) -> Any:
    """Return the number of each jet's constituents that fulfil a condition, (N,)."""
    import awkward as ak

    return ak.to_numpy(ak.sum(condition != 0, axis=1))


_OPERATIONS: dict[str, Callable[..., Any]] = {
    "+": _in_double(operator.add),
    "-": _in_double(operator.sub),
    "*": _in_double(operator.mul),
    "/": _in_double(operator.truediv),
    "%": _modulo,
    "**": _in_double(operator.pow),
    "negative": _in_own_precision(operator.neg),
    "positive": as_double,
    "abs": _in_own_precision(np.abs),
    "hypot": _in_double(np.hypot),
    **{
        name: _in_double(getattr(np, name))
        for name in ("sign", "log", "exp", "sqrt", "sin", "cos", "sinh", "cosh", "tanh")
    },
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
