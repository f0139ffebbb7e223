"""Activations of many values at once, and their derivatives, compiled.

The loops have no call to the C library, so the compiler vectorises them.
"""

from typing import Any

import numpy as np
from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from tagwerk.arrays import Floats32
from tagwerk.packed.kernels import HALF, ONE, inlined  # Numba's cache does not notice changes in other files

IDENTITY, RELU, GELU = range(3)

_ZERO = np.float32(0)
_LOWEST = np.float32(-87)  # e^x is still a normal number in single precision
_LOG2_E, _LN_2 = np.float32(1.4426950408889634), np.float32(0.6931471805599453)
_C2, _C3, _C4, _C5, _C6 = (np.float32(1 / factorial) for factorial in (2, 6, 24, 120, 720))

# erf(x) = 1 - (a1 t + ... + a5 t^5) e^{-x²}, t = 1 / (1 + p x), x >= 0, within 1.5e-7 (Abramowitz and Stegun, 7.1.26).
_A1, _A2, _A3, _A4, _A5, _P = (
    np.float32(value) for value in (0.254829592, -0.284496736, 1.421413741, -1.453152027, 1.061405429, 0.3275911)
)
_ROOT_HALF, _INVERSE_ROOT_2_PI = np.float32(0.5**0.5), np.float32((2 * np.pi) ** -0.5)


@intrinsic  # type: ignore[untyped-decorator]  # Numba is untyped
def _power_of_two(typing_context: Any, exponent: Any) -> Any:
    """Return 2^n of an integral n in [-126, 127], a float."""

    def codegen(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        int32 = ir.IntType(32)
        biased = builder.add(builder.fptosi(arguments[0], int32), ir.Constant(int32, 127))
        return builder.bitcast(builder.shl(biased, ir.Constant(int32, 23)), ir.FloatType())

    return types.float32(types.float32), codegen


@inlined
def negative_exp(x: Any) -> Any:
    """Return e^x of x <= 0, within a relative 2e-7, and at least 1e-38."""
    scaled = max(x, _LOWEST) * _LOG2_E
    whole = np.float32(np.int32(scaled - HALF))
    r = (scaled - whole) * _LN_2
    return (((((((_C6 * r) + _C5) * r + _C4) * r + _C3) * r + _C2) * r + ONE) * r + ONE) * _power_of_two(whole)


@inlined
def activate(activation: int, values: Floats32) -> None:
    """Apply the activation to values (U,), in place."""
    if activation == RELU:
        for u in range(len(values)):
            values[u] = max(values[u], _ZERO)
    elif activation == GELU:
        for u in range(len(values)):
            x = values[u]
            t = ONE / (ONE + _P * abs(x) * _ROOT_HALF)
            tail = HALF * ((((_A5 * t + _A4) * t + _A3) * t + _A2) * t + _A1) * t * negative_exp(-HALF * x * x)
            values[u] = x * (ONE - tail if x > _ZERO else tail)


@inlined
def multiply_by_derivative(activation: int, values: Floats32, grad: Floats32) -> None:
    """Multiply grad (U,) by the derivative of the activation at values (U,), in place."""
    if activation == RELU:
        for u in range(len(values)):
            grad[u] = grad[u] if values[u] > _ZERO else _ZERO
    elif activation == GELU:
        for u in range(len(values)):
            x = values[u]
            density = negative_exp(-HALF * x * x)
            t = ONE / (ONE + _P * abs(x) * _ROOT_HALF)
            tail = HALF * ((((_A5 * t + _A4) * t + _A3) * t + _A2) * t + _A1) * t * density
            grad[u] *= (ONE - tail if x > _ZERO else tail) + x * density * _INVERSE_ROOT_2_PI
