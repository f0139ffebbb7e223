"""The scores of jets from a trained tagger."""

from collections.abc import Sequence
from pathlib import Path
from time import perf_counter
from typing import Literal

import awkward as ak
import numpy as np
import pandas as pd

from tagwerk.records.chunks import chunk_of, chunks_of
from tagwerk.records.parts import (
    Part,
    Records,
    find_row_groups,
    has_fields,
    has_jets,
    iterate_records,
    list_row_groups,
    parts_of,
)
from tagwerk.scores.joining import joined
from tagwerk.scores.label_table import constituent_table
from tagwerk.scores.metadata import ScoreMetadata
from tagwerk.scores.tagger_run import Run
from tagwerk.scores.write import score_table
from tagwerk.training.engine import engine
from tagwerk.training.model import TrainedModel, TrainingRecord, load_model, load_record
from tagwerk.training.split_jets import iterate_jets


def score(
    model: TrainedModel | Path | str,
    records: Records,
    split: Literal["train", "validation", "test", "all"] = "test",
    threads: int = 1,
    chunk: int | None = None,
) -> Run:
    """Return a run with the class probabilities of all jets of a split.

    With the test jets it also has those of the validation jets, if there are any: thresholds are chosen on them. A
    tagger that labels constituents adds their labels.

    Args:
        model: what `tagwerk.train` returned, or the directory that it wrote.
        records: arrays that `tagwerk.read` returned, or directories that `tagwerk.ingest` wrote.
        split: whose jets to score; `all` for a sample that the model was not trained on.
        threads: number of CPU threads, the same for all networks of a process.
        chunk: number, from 1, of the chunk of 64 records to score; by default all are scored, one after the other.

    Raises:
        UserError: the model's directory or the jet records are missing or damaged, there is no jet in the split or no
            such chunk.
    """
    record = model.record if isinstance(model, TrainedModel) else load_record(Path(model))
    engine(record.tagger).prepare(record.seed, threads)
    trained = load_model(model) if not isinstance(model, TrainedModel) else model
    parts = parts_of(records)
    if chunk is not None:
        return _score_chunk(trained, chunk_of(parts, chunk), split, threads)
    list_row_groups(parts, _pieces(record, split), {"label": []})  # there are jets
    return joined([_score_chunk(trained, each, split, threads) for each in chunks_of(parts)])


def _score_chunk(trained: TrainedModel, parts: Sequence[Part], split: str, threads: int) -> Run:
    """Return a run with the jets of some parts, of which there may be none."""
    record = trained.record
    pieces, validation = _pieces(record, split), record.pieces["validation"]
    empty = not find_row_groups(parts, pieces, {"label": []})
    table, seconds = (pd.DataFrame(), 0.0) if empty else _scores(trained, parts, pieces)
    about = _metadata(record, threads, len(table), seconds)
    thresholds = split == "test" and has_jets(parts, validation)
    labelled = record.tagger.needs_truth and not empty
    return Run(
        folder=Path(f"{record.name}, seed {record.seed}"),
        about=about,
        scores=table,
        history=None if record.tagger.engine == "onnx" else trained.history,
        validation=_scores(trained, parts, validation)[0] if thresholds else None,
        constituents=_labels(trained, parts, pieces) if labelled else None,
    )


def _pieces(record: TrainingRecord, split: str) -> list[str]:
    return record.pieces[split] if split != "all" else [piece for each in record.pieces.values() for piece in each]


def _scores(trained: TrainedModel, parts: Sequence[Part], pieces: Sequence[str]) -> tuple[pd.DataFrame, float]:
    """Return the scores of all jets of some pieces, and the seconds that the network took."""
    record, tables, seconds = trained.record, [], 0.0
    for jets in iterate_jets(parts, pieces, record.schema_):
        start = perf_counter()
        probabilities = engine(record.tagger).scores(trained.model, jets)
        seconds += perf_counter() - start
        tables.append(score_table(jets, probabilities))
    scores = pd.concat(tables, ignore_index=True)
    others = _other_variables(parts, pieces, [*record.schema_.scalars, *scores])
    return pd.concat([scores, others], axis=1), seconds


def _other_variables(parts: Sequence[Part], pieces: Sequence[str], known: Sequence[str]) -> pd.DataFrame:
    """Return the jet variables of the records that the model does not know, such as scores of other taggers."""
    chunks = [chunk.jet for part in parts for piece in pieces for chunk in iterate_records(part, piece, ["jet"])]
    names = [name for name in chunks[0].fields if all(name in chunk.fields for chunk in chunks)]
    columns = {name: np.concatenate([ak.to_numpy(chunk[name]) for chunk in chunks]) for name in names}
    return pd.DataFrame({name: values for name, values in columns.items() if name not in known})


def _labels(trained: TrainedModel, parts: Sequence[Part], pieces: Sequence[str]) -> pd.DataFrame:
    """Return the labels of the constituents of all jets of some pieces, with their truth if the records have it."""
    record, tables, first = trained.record, [], 0
    schema = record.schema_.with_truth()
    schema = schema if has_fields(parts, pieces, schema.fields()) else record.schema_
    for jets in iterate_jets(parts, pieces, schema):
        tables.append(constituent_table(jets, engine(record.tagger).constituent_scores(trained.model, jets), first))
        first += len(jets)
    return pd.concat(tables, ignore_index=True)


def _metadata(record: TrainingRecord, threads: int, jets: int, seconds: float) -> ScoreMetadata:
    copied = ("seed", "drawn", "parameters", "training_jets", "training_seconds", "epochs", "limited", "versions")
    known = {name: getattr(record, name) for name in copied}
    if record.tagger.engine == "onnx":  # trained elsewhere
        known |= dict.fromkeys(("training_jets", "training_seconds", "epochs"))
    return ScoreMetadata(
        tagger=record.name,
        engine=record.tagger.engine,
        jets=jets,
        seconds=seconds,
        jets_per_second=jets / seconds if seconds else 0.0,
        threads=threads,
        training_threads=None if record.tagger.engine == "onnx" else record.threads,
        **known,
    )
