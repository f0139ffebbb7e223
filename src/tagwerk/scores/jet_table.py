"""The scores of a file's jets as a table of one row per jet, in Parquet or in the layout of puma."""

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from tagwerk.arrays import Ints
from tagwerk.cards.split import SPLITS
from tagwerk.checksums import add_checksum
from tagwerk.scores.file_scores import EntryScores, FileScores
from tagwerk.scores.identifier import identifier
from tagwerk.scores.puma import puma_table, write_tables
from tagwerk.scores.write import score_table

_TYPES = {
    "entry": pa.int64(), "jet": pa.int32(), "event": pa.uint64(), "source": pa.string(), "label": pa.int64(),
    "split": pa.string(),
}  # fmt: skip


def jet_table(scores: FileScores, entries: EntryScores) -> pd.DataFrame:
    """Return one row per scored jet of these entries.

    The columns are `entry` in the file and, if entries are events, `jet`, the index in the event; `event`, `source`,
    `label` (-1 for no class) and `split`, as far as they are known; the variables that the tagger sees, in GeV; the
    number of constituents `n_<sequence>`; and `p_<class>`.
    """
    table = score_table(entries.jets, entries.probabilities)
    table.insert(0, "entry", entries.entry)
    if scores.collection is not None:
        table.insert(1, "jet", _index_in_entry(entries).astype(np.int32))
    if entries.split is not None:
        table["split"] = np.array([*SPLITS, None], object)[entries.split]
    unknown = ["weight", *([] if scores.has_event else ["event"]), *([] if scores.has_classes else ["label"])]
    unseen = [name for name in entries.jets.schema.scalars if name not in scores.variables]
    return table.drop(columns=[*unknown, *unseen])


def write_jet_table(path: Path, scores: FileScores) -> None:
    """Write the table of all jets of a file, one row group per stretch of entries."""
    writer = None
    try:
        for entries in scores:
            table = jet_table(scores, entries)
            if writer is None:
                schema = _schema(table)
                writer = pq.ParquetWriter(path, schema, compression="zstd", write_page_checksum=True)
            writer.write_table(pa.Table.from_pandas(table, schema, preserve_index=False))
    finally:
        if writer is not None:
            writer.close()
    add_checksum(path)


def write_puma(path: Path, scores: FileScores, tagger: str | None = None) -> None:
    """Write the scored jets of a file as puma reads them; `tagger` is its name there, by default that of its card."""
    record = scores.model.record
    name, classes = identifier(tagger or record.name), record.schema_.classes
    write_tables(path, (puma_table(jet_table(scores, entries), classes, name) for entries in scores))


def _index_in_entry(entries: EntryScores) -> Ints:
    """Return the index of each scored jet among all jets of its entry, (N,)."""
    starts = np.cumsum(entries.counts) - entries.counts
    entry = np.repeat(np.arange(len(entries.counts)), entries.counts)[entries.position]
    return np.asarray(entries.position - starts[entry], np.int64)


def _schema(table: pd.DataFrame) -> pa.Schema:
    """Return the types of the columns, which a table without rows does not show."""
    lengths = {name: pa.int32() for name in table if name.startswith("n_")}
    return pa.schema([(name, (lengths | _TYPES).get(name, pa.float32())) for name in table])
