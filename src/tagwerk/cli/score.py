"""Score the test jets with a trained tagger."""

from pathlib import Path
from time import perf_counter
from typing import Annotated, Literal

import pandas as pd
import typer

from tagwerk.files import atomic_write
from tagwerk.scores.metadata import ScoreMetadata
from tagwerk.scores.write import score_table, write_scores
from tagwerk.training.engine import engine
from tagwerk.training.model import TrainingRecord, load_model, load_record
from tagwerk.training.split_jets import iterate_jets


def score(
    model: Annotated[Path, typer.Argument(help="directory written by `tagwerk train`")],
    out: Annotated[Path, typer.Argument(help="output directory for the scores")],
    parts: Annotated[list[Path], typer.Argument(help="directories written by `tagwerk ingest`")],
    split: Annotated[Literal["train", "validation", "test"], typer.Option(help="jets to score")] = "test",
    threads: Annotated[int, typer.Option(min=1, help="number of CPU threads")] = 1,
    memory: Annotated[float, typer.Option(min=0, help="GB of jets to keep in memory at a time")] = 1,
) -> None:
    """Score the test jets with a trained tagger."""
    record = load_record(model)
    library = engine(record.tagger)
    library.prepare(record.seed, threads)
    trained, tables, seconds = load_model(model, record), [], 0.0
    for jets in iterate_jets(parts, record.pieces[split], record.schema_, memory * 1e9):
        start = perf_counter()
        probabilities = library.scores(trained, jets)
        seconds += perf_counter() - start
        tables.append(score_table(jets, probabilities))
    table = pd.concat(tables, ignore_index=True)
    with atomic_write(out) as directory:
        directory.mkdir()
        write_scores(directory, table, _metadata(record, threads, len(table), seconds))


def _metadata(record: TrainingRecord, threads: int, jets: int, seconds: float) -> ScoreMetadata:
    copied = ("seed", "drawn", "parameters", "training_jets", "training_seconds", "epochs", "versions")
    return ScoreMetadata(
        tagger=record.name,
        engine=record.tagger.engine,
        jets=jets,
        seconds=seconds,
        jets_per_second=jets / seconds,
        threads=threads,
        **{name: getattr(record, name) for name in copied},
    )
