"""A bounded sample of jets, the same in whatever order they come."""

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd


class BoundedSample:
    """At most `most` of the rows that it is shown, and more than half as many where there are enough.

    A row is kept by a hash of its identity, not by its place: a sample of every tenth jet would hold the leading
    jets of events alone. Where more are kept than fit, those whose hash is in the upper half of what was kept go.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._share = 1.0
        self._kept: list[pd.DataFrame] = []

    def add(self, identity: npt.NDArray[np.uint64], columns: dict[str, npt.NDArray[Any]]) -> None:
        """Show N rows: the identity and the columns of each."""
        rank = pd.util.hash_array(identity) / 2.0**64
        self._kept.append(pd.DataFrame(columns | {"_rank": rank})[rank < self._share])
        while sum(map(len, self._kept)) > self._most:
            self._share /= 2
            self._kept = [rows[rows["_rank"] < self._share] for rows in (pd.concat(self._kept),)]

    def rows(self) -> pd.DataFrame:
        """Return the rows of the sample."""
        return pd.concat(self._kept).drop(columns="_rank")
