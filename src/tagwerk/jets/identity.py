"""What identifies an event, and the split that follows from it alone."""

import awkward as ak
import numpy as np
import numpy.typing as npt
import pandas as pd

from tagwerk.cards.dataset import Split

SPLITS = ("train", "validation", "test")


def event_identity(columns: list[ak.Array]) -> npt.NDArray[np.uint64]:
    """Return one number an event (N,): the column itself where one identifies it, else a hash of all of them."""
    if len(columns) == 1:
        return np.asarray(ak.to_numpy(columns[0]), np.uint64)
    frame = pd.DataFrame({index: ak.to_numpy(column) for index, column in enumerate(columns)})
    return np.asarray(pd.util.hash_pandas_object(frame, index=False), np.uint64)


def split_by_event(event: npt.NDArray[np.uint64], split: Split) -> npt.NDArray[np.int64]:
    """Return the index in `SPLITS` of each event's part (N,).

    It follows from the event's identity alone: jets of one event stay together, and nothing changes when
    files are added, renamed or read in another order.
    """
    uniform = np.asarray(pd.util.hash_array(event)) / 2.0**64
    return np.searchsorted([split.train, split.train + split.validation], uniform, side="right")
