"""Summarise the jet records of a dataset: counts, moments, sequence lengths and histograms."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from tagwerk.checksums import write_json
from tagwerk.cli.completion import complete_cards
from tagwerk.errors import UserError
from tagwerk.files import atomic_write
from tagwerk.path_lists import listed
from tagwerk.summaries.sufficiency import comparison_warnings
from tagwerk.summaries.summarise import sum_chunk, summary_of_chunks
from tagwerk.summaries.summarise import summarise as summarise_records
from tagwerk.summaries.survey import Survey


def summarise(
    card: Annotated[Path, typer.Argument(autocompletion=complete_cards("datasets"), help="dataset card, or its name")],
    parts: Annotated[
        list[Path], typer.Argument(help="directories written by `tagwerk ingest`, or @FILE that lists them")
    ],
    out: Annotated[Path, typer.Option(help="JSON file to write")],
    fold: Annotated[int, typer.Option(min=0, help="index of the test fold, for a dataset split into folds")] = 0,
    features: Annotated[
        str, typer.Option(help="features whose moments to compute, such as constituents.log_pt,constituents.theta")
    ] = "all",
    survey: Annotated[
        Path | None, typer.Option(help="directory written by `tagwerk survey`: with --chunk or --chunks")
    ] = None,
    chunk: Annotated[
        int | None, typer.Option(min=1, help="write the sums of only this chunk of 64 parts, as FOLDER/CHUNK.json")
    ] = None,
    chunks: Annotated[Path | None, typer.Option(help="FOLDER with the sums of all chunks, to summarise")] = None,
) -> None:
    """Summarise the jet records of a dataset: counts, moments, sequence lengths and histograms.

    Several processes can sum the chunks of a large dataset; the summary is the same to the last bit.
    """
    directories = listed(parts)
    if survey is None and chunk is None and chunks is None:
        summary = summarise_records(card, directories, fold, features)
    elif survey is not None and chunk is not None and chunks is None:
        sums = sum_chunk(card, directories, Survey.load(survey), chunk, fold, features)
        with atomic_write(out) as draft:
            sums.save(draft)
        return
    elif survey is not None and chunk is None and chunks is not None:
        summary = summary_of_chunks(card, directories, Survey.load(survey), chunks, features)
    else:
        raise UserError("--survey goes with either --chunk or --chunks; give both")
    for line in comparison_warnings(summary):
        print(f"tagwerk: warning: {line}", file=sys.stderr)
    with atomic_write(out) as draft:
        write_json(draft, summary)
