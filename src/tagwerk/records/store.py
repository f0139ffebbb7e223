"""Jet records on disk: a directory a part of the dataset, a Parquet file in it a piece, such as train or fold_3."""

from collections.abc import Iterator, Mapping, Sequence
from concurrent import futures
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import awkward as ak
import numpy as np
import pyarrow.parquet as pq

from tagwerk.arrays import Ints
from tagwerk.checksums import add
from tagwerk.errors import UserError
from tagwerk.files import atomic_write
from tagwerk.records.row_groups import iterate_tables, read_row_group, read_table, row_groups

# takes a sixth less space than LZ4, and half as much time again to write and to read.
_FORM = {
    "compression": "lz4",
    "use_dictionary": ["source"],
    "write_statistics": False,
    "write_page_checksum": True,  # a chunk may be read long after its file as a atomic_write was looked at
}


class RecordWriter:
    """Writes one part's records, chunk after chunk, each jet to the file of its piece.

    A chunk is written while the next one is made, its pieces side by side: compression takes as long as all the rest.
    """

    def __init__(self, directory: Path, pieces: Sequence[str]) -> None:
        self.directory = directory
        self.counts = dict.fromkeys(pieces, 0)
        self._files = ExitStack()
        self._writers: dict[str, pq.ParquetWriter] = {}
        self._threads = self._files.enter_context(ThreadPoolExecutor(2))
        self._writing: list[Future[None]] = []

    def append(self, records: ak.Array, piece: Ints) -> None:
        """Write records (N,) by the index (N,) of each one's piece; fastest where those of a piece stand together."""
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
        """Wait until all is written; raises what went wrong then."""
        writing, self._writing = self._writing, []
        futures.wait(writing)
        for each in writing:
            each.result()

    def _write(self, name: str, records: ak.Array) -> None:
        # Without Awkward's own types, of which Arrow cannot read a part alone.
        table = ak.to_arrow_table(ak.to_packed(records), extensionarray=False)
        if name not in self._writers:
            writer = pq.ParquetWriter(self.directory / f"{name}.parquet", table.schema, **_FORM)
            self._writers[name] = self._files.enter_context(writer)
        self._writers[name].write_table(table)

    def close(self) -> None:
        """Finish all files, once no thread writes into them."""
        futures.wait(self._writing)
        self._files.close()

    def add_checksums(self) -> None:
        """Add the checksums of all files, once they are finished."""
        for name in self._writers:
            add(self.directory / f"{name}.parquet")


@contextmanager
def write_records(directory: Path, pieces: Sequence[str]) -> Iterator[RecordWriter]:
    """Give a writer of a part's directory, which appears only when all of it is written."""
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
        fields: which of the records' fields to read; all by default.

    Raises:
        UserError: the file is missing or no Parquet, or lacks a field.
    """
    return ak.from_arrow(read_table(part / f"{piece}.parquet", "tagwerk ingest", fields))


@dataclass(frozen=True)
class RowGroup:
    """Some records on disk: a row group of a file.

    Attributes:
        path, group: the file, and the number of the row group in it.
        jets: how many records.
        numbers: how many numbers the variables that were asked for hold.
    """

    path: Path
    group: int
    jets: int
    numbers: int


def chunks_of(parts: Sequence[Path], pieces: Sequence[str], fields: Mapping[str, Sequence[str]]) -> list[RowGroup]:
    """Return the chunks of these pieces of all parts, one after the other, of which each has a record at least.

    Args:
        parts: the parts' directories.
        pieces: train, validation or test, or folds.
        fields: of each field of the records the variables, none where the field is a number.

    Raises:
        UserError: a file is missing or no Parquet, or lacks a variable; or there is no record at all.
    """
    paths = [part / f"{piece}.parquet" for part in parts for piece in pieces]
    chunks = [
        RowGroup(path, group, jets, numbers)
        for path in paths
        for group, (jets, numbers) in enumerate(row_groups(path, "tagwerk ingest", _columns(fields)))
        if jets
    ]
    if not chunks:
        raise UserError(f"{', '.join(map(str, paths))}: no jet in there; ingest more jets")
    return chunks


def read_chunk(chunk: RowGroup, fields: Mapping[str, Sequence[str]]) -> ak.Array:
    """Return the records of a chunk with some of their variables only, as `chunks_of` takes them."""
    return ak.from_arrow(read_row_group(chunk.path, "tagwerk ingest", chunk.group, _columns(fields)))


def _columns(fields: Mapping[str, Sequence[str]]) -> list[str]:
    return [".".join(filter(None, [field, name])) for field, names in fields.items() for name in names or [""]]


def iterate_records(part: Path, piece: str, fields: list[str] | None = None) -> Iterator[ak.Array]:
    """Yield the records of one piece of one part, a row group at a time: a chunk of what ingest read.

    Arguments and errors are those of `read_records`.
    """
    for table in iterate_tables(part / f"{piece}.parquet", "tagwerk ingest", fields):
        yield ak.from_arrow(table)
