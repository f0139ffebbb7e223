"""Jet records on disk: a directory a part of the dataset, a Parquet file in it a piece, such as train or fold_3."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

import awkward as ak
import numpy as np
import numpy.typing as npt
import pyarrow.parquet as pq

from tagwerk.files import whole
from tagwerk.shards.parquet import read_table


class RecordWriter:
    """Writes one part's records, chunk after chunk, each jet to the file of its piece."""

    def __init__(self, directory: Path, pieces: Sequence[str]) -> None:
        self.directory = directory
        self.counts = dict.fromkeys(pieces, 0)
        self._files = ExitStack()
        self._writers: dict[str, pq.ParquetWriter] = {}

    def append(self, records: ak.Array, piece: npt.NDArray[np.int64]) -> None:
        """Write records (N,) by the index (N,) of each one's piece."""
        for index, name in enumerate(self.counts):
            chosen = records[piece == index]
            table = ak.to_arrow_table(ak.to_packed(chosen))
            if name not in self._writers:
                writer = pq.ParquetWriter(self.directory / f"{name}.parquet", table.schema, compression="zstd")
                self._writers[name] = self._files.enter_context(writer)
            self._writers[name].write_table(table)
            self.counts[name] += len(chosen)

    def close(self) -> None:
        """Finish all files."""
        self._files.close()


@contextmanager
def write_records(directory: Path, pieces: Sequence[str]) -> Iterator[RecordWriter]:
    """Give a writer of a part's directory, which appears only when all of it is written."""
    with whole(directory) as draft:
        draft.mkdir()
        writer = RecordWriter(draft, pieces)
        try:
            yield writer
        finally:
            writer.close()


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
