"""Score the test jets with a trained tagger."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from tagwerk.errors import UserError
from tagwerk.files import atomic_write
from tagwerk.path_lists import listed
from tagwerk.records.chunks import chunks_of
from tagwerk.scores.joining import joined, read_chunks
from tagwerk.scores.puma import write_run
from tagwerk.scores.score import score as score_jets
from tagwerk.scores.write import write_scores
from tagwerk.training.model import load_record


def score(
    model: Annotated[Path, typer.Argument(help="directory written by `tagwerk train`")],
    parts: Annotated[
        list[Path], typer.Argument(help="directories written by `tagwerk ingest`, or @FILE that lists them")
    ],
    out: Annotated[Path, typer.Option(help="output directory for the scores")],
    split: Annotated[
        Literal["train", "validation", "test", "all"], typer.Option(help="jets to score; with test, validation too")
    ] = "test",
    threads: Annotated[int, typer.Option(min=1, help="number of CPU threads")] = 1,
    chunk: Annotated[
        int | None, typer.Option(min=1, help="score only this chunk of 64 parts, into FOLDER/CHUNK")
    ] = None,
    chunks: Annotated[Path | None, typer.Option(help="FOLDER with the scores of all chunks, to join")] = None,
    h5: Annotated[bool, typer.Option("--h5", help="also write scores.h5, the same jets in puma's layout")] = False,
) -> None:
    """Score the test jets with a trained tagger, and the validation jets, on which thresholds are chosen.

    Several processes can score the chunks of a large dataset; joined, the scores are the same to the last bit.
    """
    directories = listed(parts)
    if chunks is None:
        run = score_jets(model, directories, split, threads, chunk)
    elif chunk is None:
        run = joined(read_chunks(chunks, len(chunks_of(directories))))
    else:
        raise UserError("--chunk and --chunks are both given; give one")
    with atomic_write(out) as directory:
        directory.mkdir()
        write_scores(directory, run)
        if h5:
            write_run(directory / "scores.h5", run, load_record(model).schema_.classes)
