"""What identifies an event or a jet, and the split, which follows from the event alone."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from tagwerk.arrays import Values
from tagwerk.errors import UserError

_ADVICE = "name branches that number the events, or `file` and `row`"


def event_identity(columns: Sequence[Any], names: Sequence[str] = ()) -> npt.NDArray[np.uint64]:
    """Return one number per event, (N,): the value of a single column, or a hash of all columns.

    It depends on the integers in the columns, not on the type in which a file stores them.

    Args:
        columns: integers of any type, (N,) each.
        names: the columns' names for messages.

    Raises:
        UserError: a column holds fractions or text, or numbers so large that its type merges neighbours.
    """
    labels = names or [f"column {index}" for index in range(len(columns))]
    arrays = [_integers(label, np.asarray(column)) for label, column in zip(labels, columns, strict=True)]
    if len(arrays) == 1:
        return arrays[0]
    return np.asarray(pd.util.hash_pandas_object(pd.DataFrame(dict(enumerate(arrays))), index=False), np.uint64)


def _integers(name: str, values: Values) -> npt.NDArray[np.uint64]:
    """Return integers stored in any type as 64 bits."""
    if values.dtype.kind in "bu":
        return values.astype(np.uint64)
    if values.dtype.kind == "i":
        return _unsigned(values)
    if values.dtype.kind != "f":
        raise UserError(f"key 'event': '{name}' holds {values.dtype}, not whole numbers; {_ADVICE}")
    with np.errstate(invalid="ignore"):
        fractional = ~(np.isfinite(values) & (values == np.trunc(values)))
    if fractional.any():
        raise UserError(f"key 'event': '{name}' holds {values[fractional][0]}, not a whole number; {_ADVICE}")
    bits = np.finfo(values.dtype).nmant + 1
    large = np.abs(values) >= 2.0**bits
    if large.any():
        raise UserError(
            f"key 'event': '{name}' holds {values[large][0]:.0f} as {values.dtype}, which merges events from 2^{bits}"
            f" on; store it as int64, or {_ADVICE}"
        )
    return _unsigned(values)


def _unsigned(values: Values) -> npt.NDArray[np.uint64]:
    # ASSUME: numbers from -2^31 to -1 are unsigned 32-bit integers that overflowed, lower ones 64-bit integers.
    signed = values.astype(np.int64)
    return np.where((signed < 0) & (signed >= -(2**31)), signed + 2**32, signed).view(np.uint64)


def jet_identity(event: npt.NDArray[np.uint64], jet: Mapping[str, Values]) -> npt.NDArray[np.uint64]:
    """Return one number per jet, (N,), the same only for jets of the same event with the same pT, η and φ."""
    columns = {"event": event} | {name: jet[name] for name in ("pt", "eta", "phi")}
    return np.asarray(pd.util.hash_pandas_object(pd.DataFrame(columns), index=False), np.uint64)


def split_by_event(event: npt.NDArray[np.uint64], shares: Sequence[float]) -> npt.NDArray[np.int64]:
    """Return the index of the split's piece that each event belongs to, (N,); each piece gets about its share.

    It depends on the event's identity alone: jets of one event stay together, and nothing changes when
    files are added, renamed or read in another order.
    """
    uniform = np.asarray(pd.util.hash_array(event)) / 2.0**64
    return np.searchsorted(np.cumsum(shares)[:-1], uniform, side="right")
