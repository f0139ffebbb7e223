"""Score the test jets with a trained tagger."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from tagwerk.files import atomic_write
from tagwerk.path_lists import listed
from tagwerk.scores.score import score as score_jets
from tagwerk.scores.write import write_scores


def score(
    model: Annotated[Path, typer.Argument(help="directory written by `tagwerk train`")],
    parts: Annotated[
        list[Path], typer.Argument(help="directories written by `tagwerk ingest`, or @FILE that lists them")
    ],
    out: Annotated[Path, typer.Option(help="output directory for the scores")],
    split: Annotated[
        Literal["train", "validation", "test"], typer.Option(help="jets to score; with test, validation too")
    ] = "test",
    threads: Annotated[int, typer.Option(min=1, help="number of CPU threads")] = 1,
) -> None:
    """Score the test jets with a trained tagger, and the validation jets, on which thresholds are chosen."""
    run = score_jets(model, listed(parts), split, threads)
    with atomic_write(out) as directory:
        directory.mkdir()
        write_scores(directory, run)
