"""Arrays of examples from what a user has: arrays, lists of arrays or Awkward arrays."""

import math
from typing import Any

import awkward as ak
import numpy as np

from tagwerk.arrays import Floats32, Ints, Values
from tagwerk.errors import UserError
from tagwerk.jets.ordering import starts
from tagwerk.training.loading import ListArray

Steps = Any  # an array, a list of arrays or an Awkward array

_BOOLEAN_AND_REAL = "biuf"  # kinds of NumPy's types


def numbers(name: str, values: Any) -> Values:
    """Return real numbers as an array.

    Raises:
        UserError: values are missing, of another type or in lists of different lengths.
    """
    try:
        array: Values = ak.to_numpy(values) if isinstance(values, ak.Array) else np.asanyarray(values)
    except ValueError:
        raise UserError(f"'{name}' has lists of different lengths where vectors must be; give regular arrays") from None
    if np.ma.isMaskedArray(array):
        raise UserError(f"'{name}' has missing values; fill or drop them")
    if array.dtype.kind not in _BOOLEAN_AND_REAL:
        raise UserError(f"'{name}' has values of type {array.dtype}; give real numbers, none of them missing")
    return array


def matrix_of(name: str, values: Any) -> Floats32:
    """Return variables (N, F) or (N,) as (N, F)."""
    array = numbers(name, values)
    return array.astype(np.float32).reshape(len(array), math.prod(array.shape[1:]))


def lists_of(name: str, values: Steps) -> ListArray:
    """Return N sequences of steps (T, F), or (T,), as one array of all steps.

    Raises:
        UserError: they are not such, or values are missing or no real numbers.
    """
    counts, steps = _counts_and_steps(name, values)
    content = numbers(name, steps).astype(np.float32)
    if content.ndim not in (1, 2):
        raise UserError(f"'{name}' has steps of shape {content.shape[1:]}; give numbers or vectors")
    return ListArray(content[:, None] if content.ndim == 1 else content, starts(counts), counts)


def _counts_and_steps(name: str, values: Steps) -> tuple[Ints, Any]:
    """Return the lengths of all sequences, and their steps one after the other."""
    if isinstance(values, np.ndarray | ak.Array) and values.ndim == 1 and len(values):
        raise UserError(f"'{name}' has {len(values):,} numbers; give examples of several steps, such as (N, T)")
    if isinstance(values, ak.Array):
        return ak.to_numpy(ak.num(values)), ak.flatten(values)
    if isinstance(values, np.ndarray) and values.ndim > 1:
        return np.full(len(values), values.shape[1]), values.reshape(-1, *values.shape[2:])
    arrays = [np.atleast_1d(numbers(name, each)) for each in values]
    shapes = {each.shape[1:] for each in arrays if len(each)}
    if len(shapes) > 1:
        raise UserError(f"'{name}' has steps of shapes {sorted(shapes)}; give all the same")
    steps = np.concatenate([each for each in arrays if len(each)] or [np.empty(0)])
    return np.array([len(each) for each in arrays], np.int64), steps
