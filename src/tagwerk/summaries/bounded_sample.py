"""A bounded sample of jets, independent of their order."""

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd


class BoundedSample:
    """At most `max_rows` of the rows added, and more than half of `max_rows` if there are enough.

    Rows are kept by a hash of their identity, not by position: every tenth jet, for instance, might always be the
    leading jet of an event. When the sample is full, the rows in the upper half of its hash range are dropped.
    """

    def __init__(self, max_rows: int) -> None:
        self._max_rows = max_rows
        self._share = 1.0
        self._kept: list[pd.DataFrame] = []
        self._rows = 0

    def add(self, identity: npt.NDArray[np.uint64], columns: dict[str, npt.NDArray[Any]]) -> None:
        """Add N rows: their identities and columns."""
        hashes = pd.util.hash_array(identity) / 2.0**64
        self._kept.append(pd.DataFrame(columns | {"_hash": hashes})[hashes < self._share])
        self._rows += len(self._kept[-1])
        while self._rows > self._max_rows:
            self._share /= 2
            rows = pd.concat(self._kept)
            self._kept = [rows[rows["_hash"] < self._share]]
            self._rows = len(self._kept[0])

    def rows(self) -> pd.DataFrame:
        """Return the rows of the sample."""
        return pd.concat(self._kept).drop(columns="_hash")
