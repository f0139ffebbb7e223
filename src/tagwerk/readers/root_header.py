"""The header of a ROOT file: how long the file should be, and whether it was closed."""

import struct
from pathlib import Path

from tagwerk.errors import UserError
from tagwerk.readers import kinds

_LARGE_FILE = 1_000_000  # added to the version where offsets in the file take 64 bits
# TKey: fNbytes, fVersion, fObjlen, fDatime, fKeylen, fCycle, fSeekKey, fSeekPdir.
_KEY, _LARGE_KEY = struct.Struct(">ihiIhhii"), struct.Struct(">ihiIhhqq")
_LARGE_KEY_VERSION = 1000


def check_header(file: Path) -> None:
    """Check that a ROOT file is complete.

    Raises:
        UserError: it is not a ROOT file, is shorter than its header says, or was not closed after the last write.
    """
    kinds.expect(file, kinds.ROOT)
    size = file.stat().st_size
    with file.open("rb") as opened:
        end = _end(opened.read(20))
        if end > size:
            raise UserError(
                f"{file}: is truncated: its header gives {end:,} bytes, the last {end - size:,} are missing; copy it"
                " again or recreate it"
            )
        opened.seek(end)
        tail = opened.read(_LARGE_KEY.size + 8)
    if end < size and _is_basket(tail, end):
        raise UserError(
            f"{file}: was not closed: {size - end:,} bytes were written after it was last saved, and the jets in them"
            ' would be lost; recover it by opening it in ROOT with TFile::Open(name, "UPDATE"), or recreate it'
        )


def _end(header: bytes) -> int:
    """Return where a file ends according to its header, 0 if that is incomplete."""
    if len(header) < 20:
        return 0
    version, _ = struct.unpack(">ii", header[4:12])
    (end,) = struct.unpack(">q", header[12:20]) if version >= _LARGE_FILE else struct.unpack(">i", header[12:16])
    return int(end)


def _is_basket(record: bytes, offset: int) -> bool:
    """Return whether a record at this offset is a TBasket."""
    for key in (_KEY, _LARGE_KEY):
        if len(record) >= key.size + 8:
            length, version, _, _, key_length, _, seek_key, _ = key.unpack(record[: key.size])
            if length > key_length > 0 and seek_key == offset and (version > _LARGE_KEY_VERSION) == (key is _LARGE_KEY):
                return record[key.size : key.size + 8] == b"\x07TBasket"
    return False
