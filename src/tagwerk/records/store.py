"""Jet records on disk: one directory per part of a dataset, with one Parquet file per piece, such as train."""

from collections.abc import Iterator, Sequence
from concurrent import futures
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path

import awkward as ak
import numpy as np
import pyarrow.parquet as pq

from tagwerk.arrays import Ints
from tagwerk.checksums import add_checksum
from tagwerk.files import atomic_write
from tagwerk.records.row_groups import read_table

# Measured on simulated jets: dictionaries of floats cost more time than all the rest, statistics a tenth; Zstandard
# takes a sixth less space than LZ4, but one and a half times as long to write and to read.
_PARQUET_OPTIONS = {
    "compression": "lz4",
    "use_dictionary": ["source"],
    "write_statistics": False,
    "write_page_checksum": True,  # a row group may be read long after the checksum of its file was verified
}


class RecordWriter:
    """Writes the records of one part chunk by chunk, each jet to the file of its piece.

    A chunk is written while the next one is made, its pieces in parallel: compression takes as long as all the rest.
    """

    def __init__(self, directory: Path, pieces: Sequence[str]) -> None:
        self.directory = directory
        self.counts = dict.fromkeys(pieces, 0)
        self._files = ExitStack()
        self._writers: dict[str, pq.ParquetWriter] = {}
        self._threads = self._files.enter_context(ThreadPoolExecutor(2))
        self._writing: list[Future[None]] = []

    def append(self, records: ak.Array, piece: Ints) -> None:
        """Write records (N,) by the index of their piece, (N,); fastest if they are sorted by piece."""
        if (np.diff(piece) < 0).any():
            order = np.argsort(piece, kind="stable")
            records, piece = records[order], piece[order]
        self.wait()
        counts = np.bincount(piece, minlength=len(self.counts))
        for name, stop, count in zip(self.counts, np.cumsum(counts), counts, strict=True):
            if count or name not in self._writers:
                self._writing.append(self._threads.submit(self._write, name, records[stop - count : stop]))
            self.counts[name] += int(count)

    def wait(self) -> None:
        """Wait until all is written; errors of the threads are raised here."""
        writing, self._writing = self._writing, []
        futures.wait(writing)
        for future in writing:
            future.result()

    def _write(self, name: str, records: ak.Array) -> None:
        # Without Awkward's extension types, of which Arrow cannot read single fields.
        table = ak.to_arrow_table(ak.to_packed(records), extensionarray=False)
        if name not in self._writers:
            writer = pq.ParquetWriter(self.directory / f"{name}.parquet", table.schema, **_PARQUET_OPTIONS)
            self._writers[name] = self._files.enter_context(writer)
        self._writers[name].write_table(table)

    def close(self) -> None:
        """Close all files, once no thread writes to them."""
        futures.wait(self._writing)
        self._files.close()

    def add_checksums(self) -> None:
        """Add the checksums of all files, once they are closed."""
        for name in self._writers:
            add_checksum(self.directory / f"{name}.parquet")


@contextmanager
def write_records(directory: Path, pieces: Sequence[str]) -> Iterator[RecordWriter]:
    """Yield a writer for the directory of a part, which appears once it is complete."""
    with atomic_write(directory) as draft:
        draft.mkdir()
        writer = RecordWriter(draft, pieces)
        try:
            yield writer
            writer.wait()
        finally:
            writer.close()
        writer.add_checksums()


def read_records(part: Path, piece: str, fields: list[str] | None = None) -> ak.Array:
    """Return the records of one piece of one part.

    Args:
        part: the part's directory.
        piece: train, validation or test, or a fold.
        fields: of the records to read; all by default.

    Raises:
        UserError: the file is missing or not a valid Parquet file, or lacks a field.
    """
    return ak.from_arrow(read_table(part / f"{piece}.parquet", "tagwerk ingest", fields))
