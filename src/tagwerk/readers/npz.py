"""Arrays in .npz files, read a few rows at a time: NumPy itself reads compressed ones in one piece."""

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
from tagwerk.cards.base import suggestion
from tagwerk.errors import UserError
from tagwerk.readers import kinds
from tagwerk.remote import require_local

# What zipfile, zlib and NumPy raise on corrupt or missing bytes, or an unknown compression.
_DAMAGE = (
    OSError, EOFError, ValueError, RuntimeError, OverflowError, MemoryError, SyntaxError, struct.error, BadZipFile,
    zlib.error, LZMAError, TokenError,
)  # fmt: skip
_HEADERS = {(1, 0): npy.read_array_header_1_0, (2, 0): npy.read_array_header_2_0}


@contextmanager
def open_npz(file: Path, *names: str) -> Iterator[list["RowReader"]]:
    """Open the named arrays of an .npz file, and close it on exit.

    Raises:
        UserError: there is no such file, it is truncated or of another kind, or an array cannot be read.
    """
    require_local(file, "an .npz file")
    if not file.is_file() or file.stat().st_size:
        kinds.expect(file, kinds.ARCHIVE, "an .npz file")
    with ExitStack() as stack:
        try:
            opened = stack.enter_context(ZipFile(file))
        except _DAMAGE as error:
            raise UserError(
                f"{file}: cannot be read as an .npz file, it may be truncated ({_first_words(error)});"
                " copy it again or recreate it"
            ) from None
        yield [RowReader(opened, name, stack) for name in names]


def array_names(file: Path) -> list[str]:
    """Return the names of the arrays in an .npz file.

    Raises:
        UserError: as `open_npz`.
    """
    with open_npz(file), ZipFile(file) as opened:
        return [member.removesuffix(".npy") for member in opened.namelist()]


class RowReader:
    """Reads the rows of one array in sequence."""

    def __init__(self, opened: ZipFile, name: str, stack: ExitStack) -> None:
        """Find the array and read its shape; the stack closes it.

        Raises:
            UserError: there is no such array, it is damaged, or it does not hold numbers in C order.
        """
        self.name, self.file = name, str(opened.filename)
        self.position = 0
        known = [member.removesuffix(".npy") for member in opened.namelist()]
        if name not in known:
            raise UserError(f"{self.file}: there is no array '{name}'; {suggestion(name, known)}")
        try:
            self._stream: IO[bytes] = stack.enter_context(opened.open(f"{name}.npy"))
            read_header = _HEADERS[npy.read_magic(self._stream)]
            self.shape, fortran_order, self.dtype = read_header(self._stream)
        except (*_DAMAGE, KeyError) as error:
            raise self._damaged(error) from None
        if fortran_order or self.dtype.kind not in "fiu":
            form = "in Fortran order" if fortran_order else f"as {self.dtype}"
            raise UserError(f"{self.file}: array '{name}' is stored {form}; write it as numbers in C order")
        if min(self.shape, default=0) < 0:
            raise self._damaged(f"has the shape {self.shape}")

    def read(self, rows: int) -> Values:
        """Return the next rows.

        Raises:
            UserError: they are damaged or missing.
        """
        shape = (rows, *self.shape[1:])
        size = prod(shape) * self.dtype.itemsize
        self.position += rows
        try:
            content = self._stream.read(size)
            # Reading past the last row makes zipfile verify its checksum.
            excess = self._stream.read(1) if self.position == self.shape[0] else b""
        except _DAMAGE as error:
            raise self._damaged(error) from None
        if len(content) != size or excess:
            raise self._damaged(f"holds {'less' if not excess else 'more'} than its header says")
        return np.frombuffer(content, self.dtype).reshape(shape)

    def _damaged(self, reason: Exception | str) -> UserError:
        return UserError(
            f"{self.file}: array '{self.name}' is damaged before row {self.position} ({_first_words(reason)});"
            " copy the file again or recreate it"
        )


def _first_words(error: Exception | str) -> str:
    return " ".join(str(error).split())[:80] or type(error).__name__
