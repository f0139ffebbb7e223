"""Features from the further variables of constituents, such as impact parameters; a feature's name has its variable's.

A variable x is a feature itself. `log_abs_<x>` follows from x, and `<x>_significance` from x and `<x>_error`.
"""

from collections.abc import Collection, Mapping
from types import ModuleType

from tagwerk.arrays import Tensor

_LOG_ABS, _SIGNIFICANCE, _ERROR = "log_abs_", "_significance", "_error"
_FLOOR = 1e-6  # of a magnitude or an uncertainty, in the variable's own unit
# ASSUME: a larger value is wrong, and more standard deviations say no more.
_MAX_VALUE, _MAX_SIGNIFICANCE = 1e9, 1e3


def log_abs(ops: ModuleType, values: Tensor) -> Tensor:
    """Return ln |x|, for |x| of at least 1e-6, in the variable's own unit.

    ATLAS's tau identification sees impact parameters in this way (ATL-PHYS-PUB-2019-033, public code rnn-tauid).
    """
    return ops.log(ops.clip(ops.absolute(values), _FLOOR, _MAX_VALUE))


def significance(ops: ModuleType, values: Tensor, errors: Tensor) -> Tensor:
    """Return x / `<x>_error`, its uncertainty, of at least 1e-6; within ±1000."""
    ratio = ops.clip(values, -_MAX_VALUE, _MAX_VALUE) / ops.maximum(errors, _FLOOR)
    return ops.clip(ratio, -_MAX_SIGNIFICANCE, _MAX_SIGNIFICANCE)


def variable_features(variables: Collection[str]) -> list[str]:
    """Return the features that these variables give, starting with the variables themselves."""
    derived = [f"{_LOG_ABS}{name}" for name in variables]
    derived += [f"{name}{_SIGNIFICANCE}" for name in variables if f"{name}{_ERROR}" in variables]
    return [*variables, *(name for name in derived if name not in variables)]


def needed_variables(feature: str, variables: Collection[str]) -> list[str]:
    """Return the variables that a feature of this name needs, whether or not they are among those that there are."""
    if feature in variables:
        return [feature]
    if feature.startswith(_LOG_ABS):
        return [feature.removeprefix(_LOG_ABS)]
    name = feature.removesuffix(_SIGNIFICANCE)
    return [] if name == feature else [name, f"{name}{_ERROR}"]


def variable_feature(ops: ModuleType, variables: Mapping[str, Tensor], feature: str) -> Tensor:
    """Return a feature from the variables of constituents, by NumPy or `keras.ops`."""
    if feature in variables:
        return variables[feature]
    needed = [variables[name] for name in needed_variables(feature, variables)]
    return log_abs(ops, *needed) if feature.startswith(_LOG_ABS) else significance(ops, *needed)
