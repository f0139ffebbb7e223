"""Summarise the jet records of a dataset: counts, moments, sequence lengths and histograms."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from tagwerk.checksums import write_json
from tagwerk.files import atomic_write
from tagwerk.path_lists import listed
from tagwerk.summaries.sufficiency import comparison_warnings
from tagwerk.summaries.summarise import summarise as summarise_records


def summarise(
    card: Annotated[Path, typer.Argument(help="dataset card, or its name")],
    parts: Annotated[
        list[Path], typer.Argument(help="directories written by `tagwerk ingest`, or @FILE that lists them")
    ],
    out: Annotated[Path, typer.Option(help="JSON file to write")],
    fold: Annotated[int, typer.Option(min=0, help="index of the test fold, for a dataset split into folds")] = 0,
    features: Annotated[
        str, typer.Option(help="features whose moments to compute, such as constituents.log_pt,constituents.theta")
    ] = "all",
) -> None:
    """Summarise the jet records of a dataset: counts, moments, sequence lengths and histograms."""
    summary = summarise_records(card, listed(parts), fold, features)
    for line in comparison_warnings(summary):
        print(f"tagwerk: warning: {line}", file=sys.stderr)
    with atomic_write(out) as draft:
        write_json(draft, summary)
