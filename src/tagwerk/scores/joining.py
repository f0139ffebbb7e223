"""The scores of the chunks of a large dataset, joined to those of the whole."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from tagwerk.checksums import check_listed_file
from tagwerk.errors import UserError
from tagwerk.records.row_groups import read_table
from tagwerk.scores.label_table import FILE
from tagwerk.scores.tagger_run import Run, read_about

_MADE_BY = "tagwerk score"


def joined(chunks: Sequence[Run]) -> Run:
    """Return the run with the jets of all chunks in order."""
    first = chunks[0]
    if len(chunks) == 1:
        return first
    jets = [len(chunk.scores) for chunk in chunks]
    seconds = sum(chunk.about.seconds or 0 for chunk in chunks)
    labels = [
        chunk.constituents.assign(jet=chunk.constituents["jet"] + start)
        for chunk, start in zip(chunks, np.cumsum([0, *jets[:-1]]), strict=True)
        if chunk.constituents is not None
    ]
    scores = _concatenated([chunk.scores for chunk in chunks])
    assert scores is not None
    return replace(
        first,
        about=first.about.model_copy(
            update={"jets": sum(jets), "seconds": seconds, "jets_per_second": sum(jets) / seconds if seconds else 0.0}
        ),
        scores=scores,
        validation=_concatenated([chunk.validation for chunk in chunks if chunk.validation is not None]),
        constituents=_concatenated(labels),
    )


def read_chunks(folder: Path, chunks: int) -> list[Run]:
    """Return the scores of all chunks, in the directories 1, 2, ... of a folder.

    Raises:
        UserError: a file is missing or damaged, or the chunks are of different trainings.
    """
    runs = [_read_chunk(folder / str(number)) for number in range(1, chunks + 1)]
    for run in runs:
        if (run.about.tagger, run.about.seed) != (runs[0].about.tagger, runs[0].about.seed):
            raise UserError(f"{run.folder}: of another training than {runs[0].folder}; run `{_MADE_BY}` again")
    return runs


def _read_chunk(folder: Path) -> Run:
    about = read_about(folder / "about.json")
    for name in ("scores.parquet", "validation.parquet", FILE):
        check_listed_file(folder / name, folder / "about.json", _MADE_BY)
    scores, validation, labels = (_read_table(folder / name) for name in ("scores.parquet", "validation.parquet", FILE))
    if scores is None:
        raise UserError(f"{folder}: has no scores.parquet; run `{_MADE_BY}` again")
    return Run(folder, about, scores, None, validation, labels)


def _read_table(path: Path) -> pd.DataFrame | None:
    return read_table(path, _MADE_BY).to_pandas(use_threads=False) if path.is_file() else None


def _concatenated(tables: Sequence[pd.DataFrame]) -> pd.DataFrame | None:
    """Return the rows of all tables with the columns that all have; None without a table."""
    filled = [table for table in tables if len(table)] or list(tables[:1])
    return pd.concat(filled, ignore_index=True, join="inner") if filled else None
