"""Arrays in .npz files, read a few rows at a time: NumPy itself reads compressed ones whole."""

import struct
import zlib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from lzma import LZMAError
from math import prod
from pathlib import Path
from tokenize import TokenError
from typing import IO
from zipfile import BadZipFile, ZipFile

import numpy as np
from numpy.lib import format as npy

from tagwerk.arrays import Values
from tagwerk.cards.base import nearest
from tagwerk.errors import UserError
from tagwerk.readers import kinds

# What zipfile, zlib and NumPy raise where bytes are wrong or missing, or where they do not know a compression.
_DAMAGE = (
    OSError, EOFError, ValueError, RuntimeError, OverflowError, MemoryError, SyntaxError, struct.error, BadZipFile,
    zlib.error, LZMAError, TokenError,
)  # fmt: skip
_HEADERS = {(1, 0): npy.read_array_header_1_0, (2, 0): npy.read_array_header_2_0}


@contextmanager
def open_rows(file: Path, *names: str) -> Iterator[list["Rows"]]:
    """Give the rows of the named arrays of an .npz file, and close it.

    Raises:
        UserError: there is no such file, it is truncated or of another kind, or an array cannot be read.
    """
    if not file.is_file() or file.stat().st_size:
        kinds.expect(file, kinds.ARCHIVE, "an .npz file")
    with ExitStack() as stack:
        try:
            opened = stack.enter_context(ZipFile(file))
        except _DAMAGE as error:
            raise UserError(
                f"{file}: cannot be read as an .npz file, it may be truncated ({_short(error)}); copy or make it anew"
            ) from None
        yield [Rows(opened, name, stack) for name in names]


class Rows:
    """The rows of one array, from the first on."""

    def __init__(self, opened: ZipFile, name: str, stack: ExitStack) -> None:
        """Find the array and read its shape; the stack closes it.

        Raises:
            UserError: there is none of that name, it is damaged, or it does not hold numbers row by row.
        """
        self.name, self.file = name, str(opened.filename)
        self.position = 0
        known = [each.removesuffix(".npy") for each in opened.namelist()]
        if name not in known:
            raise UserError(f"{self.file}: there is no array '{name}'; {nearest(name, known)}")
        try:
            self._stream: IO[bytes] = stack.enter_context(opened.open(f"{name}.npy"))
            read_header = _HEADERS[npy.read_magic(self._stream)]
            self.shape, by_columns, self.dtype = read_header(self._stream)
        except (*_DAMAGE, KeyError) as error:
            raise self._damaged(error) from None
        if by_columns or self.dtype.kind not in "fiu":
            order = "column by column" if by_columns else f"as {self.dtype}"
            raise UserError(f"{self.file}: array '{name}' is stored {order}; write it as numbers row by row")
        if min(self.shape, default=0) < 0:
            raise self._damaged(f"has the shape {self.shape}")

    def take(self, number: int) -> Values:
        """Return the next so many rows.

        Raises:
            UserError: they are damaged, or missing.
        """
        shape = (number, *self.shape[1:])
        wanted = prod(shape) * self.dtype.itemsize
        self.position += number
        try:
            content = self._stream.read(wanted)
            # Behind the last row the archive's own checksum is compared.
            behind = self._stream.read(1) if self.position == self.shape[0] else b""
        except _DAMAGE as error:
            raise self._damaged(error) from None
        if len(content) != wanted or behind:
            raise self._damaged(f"holds {'less' if not behind else 'more'} than its header says")
        return np.frombuffer(content, self.dtype).reshape(shape)

    def _damaged(self, why: Exception | str) -> UserError:
        return UserError(
            f"{self.file}: array '{self.name}' is damaged before row {self.position} ({_short(why)});"
            " copy or make it anew"
        )


def _short(error: Exception | str) -> str:
    return " ".join(str(error).split())[:80] or type(error).__name__
