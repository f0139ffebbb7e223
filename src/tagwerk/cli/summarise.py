"""Summarise the jet records of a dataset: counts, moments, lengths and histograms."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from tagwerk.cards.dataset import Dataset
from tagwerk.checksums import write_json
from tagwerk.errors import naming
from tagwerk.files import atomic_write
from tagwerk.summaries.sufficiency import too_few
from tagwerk.summaries.summarise import summary_of


def summarise(
    card: Annotated[Path, typer.Argument(help="dataset card, as in config/datasets")],
    out: Annotated[Path, typer.Argument(help="JSON file to write")],
    parts: Annotated[list[Path], typer.Argument(help="directories that `tagwerk ingest` wrote")],
    fold: Annotated[int, typer.Option(min=0, help="of a dataset split into folds: the one to test")] = 0,
) -> None:
    """Summarise the jet records of a dataset: counts, moments, lengths and histograms."""
    dataset = Dataset.load(card)
    with naming(card):
        summary = summary_of(parts, dataset, fold)
    for line in too_few(summary):
        print(f"tagwerk: warning: {line}", file=sys.stderr)
    with atomic_write(out) as draft:
        write_json(draft, summary)
