"""ROOT files without dates: every time of writing set to ROOT's first second, 1 January 1995.

ROOT writes one into the header of each record, a TKey, and into its copies in lists of keys; two more are in the
directory (ROOT's file format: TFile, TKey, TDirectory). A header is recognised by its version and the position of its
record, which it holds: uproot leaves gaps of unknown length between records, so they cannot be followed one by one.
"""

import struct
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from tagwerk.arrays import Bools, Ints

# Offsets in a TKey: int32 fNbytes, int16 fVersion, int32 fObjlen, uint32 fDatime, int16 fKeylen, fCycle, then fSeekKey.
_VERSION, _DATE, _SEEK = 4, 10, 18
_VERSIONS = {">i4": 4, ">i8": 1004}  # by the type of fSeekKey
_LARGE_FILE = 1_000_000  # added to the version of a file beyond 2 GB
_NO_DATE = bytes(4)


def remove_dates(path: Path) -> None:
    """Overwrite all dates in a closed ROOT file of one directory, as uproot writes it."""
    content = bytearray(path.read_bytes())
    for position in list(_dates(bytes(content))):
        content[position : position + 4] = _NO_DATE
    path.write_bytes(content)


def _dates(content: bytes) -> Iterator[int]:
    """Yield the positions of all dates."""
    for kind in _VERSIONS:
        yield from (_headers(content, kind) + _DATE).tolist()
    version, begin = struct.unpack_from(">ii", content, 4)
    (names,) = struct.unpack_from(">i", content, 40 if version >= _LARGE_FILE else 28)
    yield from (begin + names + 2, begin + names + 6)


def _headers(content: bytes, kind: str) -> Ints:
    """Return the positions of all headers that hold a position of this type, copies included."""
    seek, version = _windows(content, kind)[_SEEK:], _windows(content, ">i2")[_VERSION:]
    known: Bools = version[: len(seek)] == _VERSIONS[kind]
    records = np.flatnonzero(known & (seek == np.arange(len(seek))))
    return np.flatnonzero(known & np.isin(seek, records))


def _windows(content: bytes, kind: str) -> Ints:
    """Return the number of this type that begins at each byte."""
    size = np.dtype(kind).itemsize
    bytes_ = np.lib.stride_tricks.sliding_window_view(np.frombuffer(content, np.uint8), size)
    return np.ascontiguousarray(bytes_).view(kind)[:, 0].astype(np.int64)
