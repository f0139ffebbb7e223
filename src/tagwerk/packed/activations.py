"""Activations of many values at once, and their derivatives, compiled."""

from typing import Any

import numpy as np

from tagwerk.packed.kernels import HALF, ONE, inlined  # Numba's cache does not notice changes in other files
from tagwerk.packed.lanes import power_of_two, rint, where_positive

IDENTITY, RELU, GELU = range(3)

_ZERO = np.float32(0)
_LOWEST = np.float32(-87)  # e^x is still a normal number in single precision
_LOG2_E, _LN_2 = np.float32(1.4426950408889634), np.float32(0.6931471805599453)
_C2, _C3, _C4, _C5, _C6 = (np.float32(1 / factorial) for factorial in (2, 6, 24, 120, 720))

# erf(x) = 1 - (a1 t + ... + a5 t^5) e^{-x²}, t = 1 / (1 + p x), x >= 0, within 1.5e-7 (Abramowitz and Stegun, 7.1.26).
_A1, _A2, _A3, _A4, _A5, _P = (
    np.float32(value) for value in (0.254829592, -0.284496736, 1.421413741, -1.453152027, 1.061405429, 0.3275911)
)
_SCALE, _INVERSE_ROOT_2_PI = np.float32(_P * 0.5**0.5), np.float32((2 * np.pi) ** -0.5)


@inlined
def negative_exp(x: Any) -> Any:
    """Return e^x of lanes x <= 0, within a relative 2e-7, and at least 1e-38."""
    scaled = max(x, _LOWEST) * _LOG2_E
    whole = rint(scaled)
    r = (scaled - whole) * _LN_2
    return (((((((_C6 * r) + _C5) * r + _C4) * r + _C3) * r + _C2) * r + ONE) * r + ONE) * power_of_two(whole)


@inlined
def _normal_tail(x: Any, density: Any) -> Any:
    """Return the standard normal distribution beyond |x|, whose density there is this over √(2π)."""
    t = ONE / (_SCALE * max(x, _ZERO - x) + ONE)
    return HALF * ((((_A5 * t + _A4) * t + _A3) * t + _A2) * t + _A1) * t * density


@inlined
def activated(activation: int, x: Any) -> Any:
    """Return the activation of lanes x."""
    if activation == RELU:
        x = max(x, _ZERO)
    elif activation == GELU:
        tail = _normal_tail(x, negative_exp(x * x * -HALF))
        x = x * where_positive(x, ONE - tail, tail)
    return x


@inlined
def times_derivative(activation: int, x: Any, d: Any) -> Any:
    """Return lanes d times the derivative of the activation at x."""
    if activation == RELU:
        d = where_positive(x, d, d * _ZERO)
    elif activation == GELU:
        density = negative_exp(x * x * -HALF)
        tail = _normal_tail(x, density)
        d = d * (where_positive(x, ONE - tail, tail) + x * density * _INVERSE_ROOT_2_PI)
    return d
