"""What identifies an event, and the split that follows from it alone."""

from collections.abc import Mapping, Sequence
from typing import Any

import awkward as ak
import numpy as np
import numpy.typing as npt
import pandas as pd


def event_identity(columns: list[ak.Array]) -> npt.NDArray[np.uint64]:
    """Return one number an event (N,): a single column of whole numbers itself, else a hash of all columns."""
    arrays = [np.asarray(ak.to_numpy(column)) for column in columns]
    if len(arrays) == 1 and np.issubdtype(arrays[0].dtype, np.integer):
        return arrays[0].astype(np.uint64)
    return np.asarray(pd.util.hash_pandas_object(pd.DataFrame(dict(enumerate(arrays))), index=False), np.uint64)


def jet_identity(event: npt.NDArray[np.uint64], jet: Mapping[str, npt.NDArray[Any]]) -> npt.NDArray[np.uint64]:
    """Return one number a jet (N,), alike only for jets of the same event with the same pT, η and φ."""
    columns = {"event": event} | {name: jet[name] for name in ("pt", "eta", "phi")}
    return np.asarray(pd.util.hash_pandas_object(pd.DataFrame(columns), index=False), np.uint64)


def split_by_event(event: npt.NDArray[np.uint64], shares: Sequence[float]) -> npt.NDArray[np.int64]:
    """Return the index of the piece of data that each event belongs to (N,); each piece gets about its share.

    It follows from the event's identity alone: jets of one event stay together, and nothing changes when
    files are added, renamed or read in another order.
    """
    uniform = np.asarray(pd.util.hash_array(event)) / 2.0**64
    return np.searchsorted(np.cumsum(shares)[:-1], uniform, side="right")
