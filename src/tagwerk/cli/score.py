"""Score the test jets with a trained tagger."""

from pathlib import Path
from time import perf_counter
from typing import Annotated, Literal

import pandas as pd
import typer

from tagwerk.files import atomic_write
from tagwerk.scores.metadata import ScoreMetadata
from tagwerk.scores.write import table_of, write_scores
from tagwerk.training.engine import engine
from tagwerk.training.model import TrainingRecord, load_model, load_record
from tagwerk.training.split_jets import in_order


def score(
    model: Annotated[Path, typer.Argument(help="directory that `tagwerk train` wrote")],
    out: Annotated[Path, typer.Argument(help="directory to write the scores to")],
    parts: Annotated[list[Path], typer.Argument(help="directories that `tagwerk ingest` wrote")],
    split: Annotated[Literal["train", "validation", "test"], typer.Option(help="which jets")] = "test",
    threads: Annotated[int, typer.Option(min=1, help="processor threads to use")] = 1,
    memory: Annotated[float, typer.Option(min=0, help="GB of jets to have in memory at a time")] = 1,
) -> None:
    """Score the test jets with a trained tagger."""
    record = load_record(model)
    library = engine(record.tagger)
    library.prepare(record.seed, threads)
    trained, tables, seconds = load_model(model, record), [], 0.0
    for jets in in_order(parts, record.pieces[split], record.schema_, memory * 1e9):
        start = perf_counter()
        probabilities = library.scores(trained, jets)
        seconds += perf_counter() - start
        tables.append(table_of(jets, probabilities))
    table = pd.concat(tables, ignore_index=True)
    with atomic_write(out) as directory:
        directory.mkdir()
        write_scores(directory, table, _about(record, threads, len(table), seconds))


def _about(record: TrainingRecord, threads: int, jets: int, seconds: float) -> ScoreMetadata:
    kept = ("seed", "drawn", "parameters", "training_jets", "training_seconds", "epochs", "versions")
    return ScoreMetadata(
        tagger=record.name,
        engine=record.tagger.engine,
        jets=jets,
        seconds=seconds,
        jets_per_second=jets / seconds,
        threads=threads,
        **{name: getattr(record, name) for name in kept},
    )
