"""What the first bytes of a ROOT file tell: how long it should be, and whether it was closed."""

import struct
from pathlib import Path

from tagwerk.errors import UserError
from tagwerk.readers import kinds

_LARGE = 1_000_000  # added to the version where places in the file take 64 bits
# Of a record: its own and the object's length, with version, date, key's length, cycle, and places of key and folder.
_KEY, _LARGE_KEY = struct.Struct(">ihiIhhii"), struct.Struct(">ihiIhhqq")
_LARGE_VERSION = 1000


def check_header(file: Path) -> None:
    """Make sure that a ROOT file is whole.

    Raises:
        UserError: it is not ROOT's, or shorter than it says, or it was not closed after the last data were written.
    """
    kinds.expect(file, kinds.ROOT)
    size = file.stat().st_size
    with file.open("rb") as opened:
        end = _end(opened.read(20))
        if end > size:
            raise UserError(
                f"{file}: is truncated: its header tells of {end:,} bytes, the last {end - size:,} are missing; copy or"
                " make it anew"
            )
        opened.seek(end)
        behind = opened.read(_LARGE_KEY.size + 8)
    if end < size and _is_basket(behind, end):
        raise UserError(
            f"{file}: was not closed: {size - end:,} bytes were written after it was last saved, and the jets in them"
            ' would be lost; recover it by opening it in ROOT with TFile::Open(name, "UPDATE"), or make it anew'
        )


def _end(start: bytes) -> int:
    """Return where a file ends as its header says; 0 where it does not say it."""
    if len(start) < 20:
        return 0
    version, _ = struct.unpack(">ii", start[4:12])
    (end,) = struct.unpack(">q", start[12:20]) if version >= _LARGE else struct.unpack(">i", start[12:16])
    return int(end)


def _is_basket(record: bytes, place: int) -> bool:
    """Return whether a record of a tree's data begins at a place."""
    for key in (_KEY, _LARGE_KEY):
        if len(record) >= key.size + 8:
            length, version, _, _, header, _, own, _ = key.unpack(record[: key.size])
            if length > header > 0 and own == place and (version > _LARGE_VERSION) == (key is _LARGE_KEY):
                return record[key.size : key.size + 8] == b"\x07TBasket"
    return False
