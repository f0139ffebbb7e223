"""Identities of all jets or events of a dataset, in temporary files, so that finding equal ones needs little memory."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from tempfile import TemporaryFile
from typing import IO, Any

import numpy as np
import numpy.typing as npt

IdentityRows = npt.NDArray[Any]

IDENTITY_DTYPE = np.dtype([("identity", np.uint64), ("part", np.uint32)])
_BUCKET_BITS = 6
_BUCKETS = 2**_BUCKET_BITS  # files, one per value of an identity's leading bits
_SHIFT = np.uint64(64 - _BUCKET_BITS)


class Identities:
    """Identities, each with the index of its part.

    They are stored in files, twelve bytes each, one file per range of identities: equal ones are in the same file, and
    only one file at a time is in memory.
    """

    def __init__(self, buckets: list[IO[bytes]]) -> None:
        self._buckets = buckets

    def add(self, part: int, identities: npt.NDArray[np.uint64]) -> None:
        """Add identities of a part."""
        rows = identity_rows(part, np.sort(identities))
        stops = np.searchsorted(rows["identity"] >> _SHIFT, np.arange(1, _BUCKETS), side="left")
        for file, bucket in zip(self._buckets, np.split(rows, stops), strict=True):
            file.write(bucket.tobytes())

    def __iter__(self) -> Iterator[IdentityRows]:
        """Yield `identity` and `part` range by range, by ascending identity, equal ones in the order of addition."""
        for file in self._buckets:
            file.seek(0)
            rows = np.frombuffer(file.read(), IDENTITY_DTYPE)
            yield rows[np.argsort(rows["identity"], kind="stable")]


def identity_rows(part: int, identities: npt.NDArray[np.uint64]) -> IdentityRows:
    """Return identities with the index of their part, in the given order."""
    rows = np.empty(len(identities), IDENTITY_DTYPE)
    rows["identity"], rows["part"] = identities, part
    return rows


@contextmanager
def temporary_identities() -> Iterator[Identities]:
    """Give identities in temporary files, which are deleted on exit."""
    with ExitStack() as files:
        yield Identities([files.enter_context(TemporaryFile(prefix="tagwerk_")) for _ in range(_BUCKETS)])
