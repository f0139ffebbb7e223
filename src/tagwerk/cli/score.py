"""Score the test jets with a trained tagger."""

from pathlib import Path
from time import perf_counter
from typing import Annotated, Literal

import typer

from tagwerk.files import whole
from tagwerk.shards.about import About
from tagwerk.training.engine import engine
from tagwerk.training.jets import load_jets
from tagwerk.training.model import Record, load_model, load_record
from tagwerk.training.scores import write_scores


def score(
    model: Annotated[Path, typer.Argument(help="directory that `tagwerk train` wrote")],
    out: Annotated[Path, typer.Argument(help="directory to write the scores to")],
    parts: Annotated[list[Path], typer.Argument(help="directories that `tagwerk ingest` wrote")],
    split: Annotated[Literal["train", "validation", "test"], typer.Option(help="which jets")] = "test",
    threads: Annotated[int, typer.Option(min=1, help="processor threads to use")] = 1,
) -> None:
    """Score the test jets with a trained tagger."""
    record = load_record(model)
    library = engine(record.tagger)
    library.prepare(record.seed, threads)
    trained, jets = load_model(model, record), load_jets(parts, record.pieces[split], record.schema_)
    start = perf_counter()
    probabilities = library.scores(trained, jets)
    seconds = perf_counter() - start
    with whole(out) as directory:
        directory.mkdir()
        write_scores(directory, jets, probabilities, _about(record, threads, len(jets), seconds))


def _about(record: Record, threads: int, jets: int, seconds: float) -> About:
    kept = ("seed", "parameters", "training_jets", "training_seconds", "epochs", "versions")
    return About(
        tagger=record.name,
        engine=record.tagger.engine,
        jets=jets,
        seconds=seconds,
        jets_per_second=jets / seconds,
        threads=threads,
        **{name: getattr(record, name) for name in kept},
    )
