"""Identities of all jets of a dataset, in temporary files, so that those alike are found without memory for all."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from tempfile import TemporaryFile
from typing import IO, Any

import numpy as np
import numpy.typing as npt

Rows = npt.NDArray[Any]

ROW = np.dtype([("identity", np.uint64), ("part", np.uint32)])
_RANGES = 128  # files, each for the identities whose first bits are alike
_SHIFT = np.uint64(64 - 7)


class Identities:
    """Identities, each with the number of its part.

    They wait in files, twelve bytes each, in one file those of one range: two alike are in the same file, and memory
    holds one file at a time.
    """

    def __init__(self, ranges: list[IO[bytes]]) -> None:
        self._ranges = ranges

    def add(self, part: int, identities: npt.NDArray[np.uint64]) -> None:
        """Add identities of a part."""
        rows = rows_of(part, np.sort(identities))
        stops = np.searchsorted(rows["identity"] >> _SHIFT, np.arange(1, _RANGES), side="left")
        for file, some in zip(self._ranges, np.split(rows, stops), strict=True):
            file.write(some.tobytes())

    def __iter__(self) -> Iterator[Rows]:
        """Yield `identity` and `part` of one range after the other by rising identity, those alike as they came."""
        for file in self._ranges:
            file.seek(0)
            rows = np.frombuffer(file.read(), ROW)
            yield rows[np.argsort(rows["identity"], kind="stable")]


def rows_of(part: int, identities: npt.NDArray[np.uint64]) -> Rows:
    """Return identities of a part with its number, in their order."""
    rows = np.empty(len(identities), ROW)
    rows["identity"], rows["part"] = identities, part
    return rows


@contextmanager
def temporary() -> Iterator[Identities]:
    """Give a place for identities in temporary files, which are gone afterwards."""
    with ExitStack() as files:
        yield Identities([files.enter_context(TemporaryFile(prefix="tagwerk_")) for _ in range(_RANGES)])
